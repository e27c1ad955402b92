"""Another interpreter: it runs a module of the kit, which answers with a line of JSON, the last that it prints."""

import json
import subprocess
import sys
from typing import Any

from earlyexp_testing.conformance import network


class NoAnswer(RuntimeError):
    """It ended in another way; the message says how."""


def answer_of(
    module: str,
    *arguments: str,
    given: object = None,
    folder: str | None = None,
    seconds: float | None = None,
    **environment: str,
) -> Any:  # noqa: ANN401 - JSON
    """Return what a module of the kit answers.

    Args:
        module: Its name in this package.
        *arguments: Of its command line.
        given: What it reads from its input, as JSON.
        folder: Where it starts; by default here.
        seconds: How long it may take.
        **environment: Variables that are others there.

    Raises:
        NoAnswer: It failed, or took longer.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", f"{__package__}.{module}", *arguments],
            input=json.dumps(given),
            cwd=folder,
            env=network.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"no answer within {seconds:g} seconds") from None
    if done.returncode:
        raise NoAnswer(f"it ended with code {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
