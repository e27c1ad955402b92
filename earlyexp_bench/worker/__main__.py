"""``python -m earlyexp_bench.worker``."""

from earlyexp_bench.worker.main import main

if __name__ == "__main__":
    raise SystemExit(main())
