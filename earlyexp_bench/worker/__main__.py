"""``python -P -m earlyexp_bench.worker``."""

import sys

from earlyexp_bench.worker.settle import settle_process

if __name__ == "__main__":
    settle_process(sys.argv[1:])
    from earlyexp_bench.worker.main import main

    raise SystemExit(main())
