"""The worker's command line. For programs: people use ``earlyexp-bench``."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.contracts.failure import MENDABLE
from earlyexp_bench.worker import services
from earlyexp_bench.worker.run import run_directory
from earlyexp_bench.worker.serve import DEFAULT_PRELOAD, serve
from earlyexp_bench.worker.watch import die_at_end_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one stage or a service; return the exit code: 0 done, 1 crashed, 2 the user's input."""
    options = _parser().parse_args(arguments)
    if options.service:
        return _answer(options.service)
    if options.serve:
        return serve([name for name in options.preload.split(",") if name])
    if options.watch_stdin:
        die_at_end_of(os.dup(0))
    return _run_one(options.directory)


def _answer(service: Callable[[Any], Any]) -> int:
    """Answer the question on stdin by one line on stdout, if need be with what the user has to mend first."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what a library or a task's own code prints is no answer
            answer = service(json.load(sys.stdin))
        print(json.dumps(answer))
        return 0
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
    for service, does in {
        services.probe: "check a model configuration; JSON on stdin and stdout",
        services.device: "tell whether the type of device on stdin is here, as JSON",
        services.tasks: "try lm-eval's own tasks; JSON on stdin and stdout",
        services.export_tasks: "write lm-eval tasks; JSON on stdin and stdout",
    }.items():
        option = f"--{service.__name__.replace('_', '-')}"
        what.add_argument(option, dest="service", action="store_const", const=service, help=does)
    parser.add_argument("--preload", default=",".join(DEFAULT_PRELOAD), help="modules to import before the first fork")
    parser.add_argument("--watch-stdin", action="store_true", help="die when stdin ends: its other end is the launcher")
    return parser
