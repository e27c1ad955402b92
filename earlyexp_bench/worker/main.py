"""The worker's command line. For programs: people use ``earlyexp-bench``."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.contracts.failure import MENDABLE
from earlyexp_bench.hooks import load_object
from earlyexp_bench.worker.run import run_directory
from earlyexp_bench.worker.serve import DEFAULT_PRELOAD, serve
from earlyexp_bench.worker.watch import die_at_end_of

# Questions as JSON on stdin, answers as one line of JSON on stdout; what answers is imported when it is asked.
SERVICES = {
    "probe": "earlyexp_bench.worker.probe:probe_stream",
    "device": "earlyexp_bench.worker.device:device_stream",
    "tasks": "earlyexp_bench.worker.tasks:tasks_stream",
    "export_tasks": "earlyexp_bench.worker.export:export_stream",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one stage or a service; return the exit code: 0 done, 1 crashed, 2 the user's input."""
    options = _parser().parse_args(arguments)
    for service, implementation in SERVICES.items():
        if getattr(options, service):
            return _answer(implementation)
    if options.serve:
        return serve([name for name in options.preload.split(",") if name])
    if options.watch_stdin:
        die_at_end_of(os.dup(0))
    return _run_one(options.directory)


def _answer(implementation: str) -> int:
    """Answer one question; what the user has to mend first is the answer where there is such a thing."""
    answer: Callable[[TextIO, TextIO], int] = load_object(implementation)
    try:
        return answer(sys.stdin, sys.stdout)
    except Exception as error:
        failure = StageFailure.of(error, Path(tempfile.gettempdir()))
        if not failure.mendable:
            raise
        print(json.dumps(asdict(failure)))
        return MENDABLE


def _run_one(directory: Path) -> int:
    """Run a stage, whose output goes to its own log, and say here how it ended."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace") as terminal:
        code = run_directory(directory)
        log = directory / "log.txt"
        ending = "done" if code == 0 else f"failed with exit code {code}; see {log}"
        print(f"{directory.name[:12]} {ending}", file=terminal)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m earlyexp_bench.worker", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("directory", nargs="?", type=Path, help="a stage directory, STORE/work/KEY, with its stage.json")
    what.add_argument("--serve", action="store_true", help="fork one process per stage; JSON lines on stdin and stdout")
    what.add_argument("--probe", action="store_true", help="check a model configuration; JSON on stdin and stdout")
    what.add_argument("--device", action="store_true", help="tell whether the type of device on stdin is here, as JSON")
    what.add_argument("--tasks", action="store_true", help="try lm-eval's own tasks; JSON on stdin and stdout")
    what.add_argument("--export-tasks", action="store_true", help="write lm-eval tasks; JSON on stdin and stdout")
    parser.add_argument("--preload", default=",".join(DEFAULT_PRELOAD), help="modules to import before the first fork")
    parser.add_argument("--watch-stdin", action="store_true", help="die when stdin ends: its other end is the launcher")
    return parser
