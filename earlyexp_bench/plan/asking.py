"""Questions that need a worker's libraries, put to a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from earlyexp_bench.contracts import EarlyExpError, canonical_json


def ask_worker(service: str, question: Any, environment: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Ask ``python -m earlyexp_bench.worker SERVICE``, JSON in and a last line of JSON out.

    Args:
        service: The worker's option.
        question: JSON.
        environment: Further variables of the worker, e.g. ``HF_HUB_OFFLINE``.

    Raises:
        EarlyExpError: The worker failed; with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "earlyexp_bench.worker", service],
        input=canonical_json(question),
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise EarlyExpError(f"`worker {service}` ended with exit code {done.returncode}:\n{done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])
