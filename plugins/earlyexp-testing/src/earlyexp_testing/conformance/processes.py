"""Processes in which plugins are checked: forked where that can be from one that has imported torch."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import worker_environment
from earlyexp_testing.conformance import network
from earlyexp_testing.conformance.belongings import LANGUAGE
from earlyexp_testing.conformance.catalogue import modules_of
from earlyexp_testing.conformance.child import check_subject
from earlyexp_testing.conformance.subject import Kind
from earlyexp_testing.conformance.surroundings import ENVIRONMENT

_SET = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
# Offline, the hub's client refuses by itself, and nobody would see that a plugin asked it.
_UNSET = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "PYTHONHASHSEED")
_ELSEWHERE = "earlyexp_testing.conformance.method_elsewhere"


def context_for(kinds: Sequence[Kind]) -> Any:  # noqa: ANN401 - typeshed's contexts have no common `Process`
    """Return how processes are started: importing torch and lm-eval takes seconds, every component is to be fresh."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for kind in dict.fromkeys(kinds) for name in modules_of(kind)])
    return context


@contextmanager
def child(context: Any, what: tuple[Any, ...], places: tuple[Path, Path]) -> Iterator[tuple[BaseProcess, Connection]]:  # noqa: ANN401
    """Start a process that checks a subject; end it, and whatever it started, at the end of the block.

    Args:
        context: From `context_for`.
        what: The subject's address, and the checks that are not made.
        places: Its log, and the folder shared with other processes.
    """
    told, telling = context.Pipe(duplex=False)
    process = context.Process(target=check_subject, args=(*what, telling, *places))
    with _environment():
        process.start()
    telling.close()
    try:
        yield process, told
    finally:
        _end_group(process.pid)
        process.kill()
        process.join()
        told.close()


@contextmanager
def elsewhere(methods: Sequence[str], shared: Path) -> Iterator[None]:
    """Try methods beside their checks in another interpreter, whose hash seed and clock are others.

    Args:
        methods: Their ids.
        shared: Where it leaves what it finds.
    """
    if not methods:
        yield
        return
    with _environment(), (shared / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _ELSEWHERE, str(shared), *methods],
            cwd=shared,
            env=network.environment(**ENVIRONMENT, **LANGUAGE),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        _end_group(process.pid)
        process.wait()


def _end_group(leader: int) -> None:
    """End a process group; a process that does not lead one yet has started nothing."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


@contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    # As in a worker, nothing that a launcher or a library left in the shell decides what a check finds.
    for name in {*(before.keys() - worker_environment().keys()), *_UNSET}:
        os.environ.pop(name, None)
    os.environ.update(_SET)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
