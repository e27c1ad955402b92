"""A worker that a cluster's launcher or a shell started gets the surroundings of one that we start.

The interpreter and its libraries have read variables by the time any code of ours runs, so the process starts over in
place: same process id, same pipes. Where everything is as it should be, nothing happens.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from earlyexp_bench.contracts.environment import WORKER_COMMAND, kept_environment, own_instruction_set
from earlyexp_bench.contracts.stage import StageSpec

# Holds this process's id once it has started over: a system may add variables to any environment.
RESTARTED = "EARLYEXP_RESTARTED_PROCESS"


def restart_clean(arguments: Sequence[str]) -> None:
    """Start this process over if its environment holds what a worker's does not, or lacks what it must hold.

    Args:
        arguments: Of the worker's command line; a stage directory says how many threads and ranks it takes.
    """
    if os.environ.pop(RESTARTED, "") == str(os.getpid()) or sys.platform == "win32":  # no process starts over there
        return
    spec = _stage(arguments)
    threads = int(spec.numerics.get("cpu_threads", 1)) if spec else _pinned_threads()
    kernels = spec.numerics.get("instruction_set", "native") if spec and spec.numerics else own_instruction_set()
    wanted = kept_environment(threads, ranks=spec is not None and spec.processes > 1, instruction_set=kernels)
    if sys.flags.safe_path and wanted == dict(os.environ):
        return
    command = [*WORKER_COMMAND, *arguments]
    os.execve(command[0], command, wanted | {RESTARTED: str(os.getpid())})


def _stage(arguments: Sequence[str]) -> StageSpec | None:
    """Read the stage that the arguments name; whatever is wrong with it is said where it is run."""
    for argument in arguments:
        file = Path(argument) / "stage.json"
        if file.is_file():
            try:
                return StageSpec.model_validate(json.loads(file.read_text(encoding="utf-8")))
            except ValueError:
                return None
    return None


def _pinned_threads() -> int:
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdecimal() else 1
