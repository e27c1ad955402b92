"""``python -P -m earlyexp_bench.worker``."""

import sys

from earlyexp_bench.worker.restart import restart_clean

if __name__ == "__main__":
    restart_clean(sys.argv[1:])
    from earlyexp_bench.worker.main import main

    raise SystemExit(main())
