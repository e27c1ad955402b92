"""A function called in a process of its own, so that nothing of one run is left for the next."""

import multiprocessing
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SECONDS = 100.0
"""How long a function may take; on an idle machine the longest takes a second."""


class FreshProcessError(RuntimeError):
    """The function did not return; the message says why."""


def in_fresh_process(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Return what ``function`` returns in a copy of this process, or in a new one where processes are not copied.

    Raises:
        FreshProcessError: It raised, its process ended, or it took longer than `SECONDS`.
    """
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    answer, answering = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(answering, function, arguments, options))
    process.start()
    answering.close()
    try:
        if not answer.poll(SECONDS):
            process.kill()
            raise FreshProcessError(f"it did not end within {SECONDS:g} s")
        returned, value = answer.recv()
    except EOFError:
        process.join()
        raise FreshProcessError(f"its process ended with code {process.exitcode}") from None
    finally:
        answer.close()
    process.join()
    if not returned:
        raise FreshProcessError(value)
    result: T = value
    return result


def _call(answering: Connection, function: Callable[..., Any], arguments: Any, options: Any) -> None:  # noqa: ANN401
    try:
        answer = True, function(*arguments, **options)
    except Exception:  # noqa: BLE001 - raised again on the other side
        answer = False, traceback.format_exc()
    answering.send(answer)
