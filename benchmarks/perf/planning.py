"""Seconds to plan many stages of `smoke` against an empty store, and to print help. Usage: planning.py [STAGES]."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from earlyexp_bench.planning import build_plan, plan_status
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

STAGES_PER_SEED = 12


def main(stages: int) -> None:
    """Plan about ``stages`` stages and print how long it took."""
    loaded = load_benchmark("smoke")
    started = time.perf_counter()
    plan = build_plan(loaded, list(range(stages // STAGES_PER_SEED + 1)))
    built = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        statuses = plan_status(plan, Store(Path(folder)))
    ended = time.perf_counter()
    print(f"{len(statuses):,} stages: built in {built - started:.2f} s, compared in {ended - built:.2f} s")
    for words in (["--help"], ["plugins", "list"]):
        print(f"{' '.join(words)}: {_seconds(words):.2f} s, a bare Python {_seconds(None):.2f} s")


def _seconds(words: list[str] | None) -> float:
    code = "from earlyexp_bench.cli import main; main()" if words is not None else "pass"
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, *(words or [])], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
