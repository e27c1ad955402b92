"""Questions that need a worker's libraries, put to a process of their own."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from earlyexp_bench.contracts import WORKER_COMMAND, EarlyExpError, canonical_json, worker_environment


def ask_worker(service: str, question: Any, environment: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Ask a worker's service: JSON in, a last line of JSON out.

    Args:
        service: The worker's option.
        question: JSON.
        environment: Further variables of the worker, e.g. ``HF_HUB_OFFLINE``.

    Raises:
        EarlyExpError: The worker failed; with what it said.
    """
    done = subprocess.run(
        [*WORKER_COMMAND, service],
        input=canonical_json(question),
        env=worker_environment(further=environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise EarlyExpError(f"`worker {service}` ended with exit code {done.returncode}:\n{done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])
