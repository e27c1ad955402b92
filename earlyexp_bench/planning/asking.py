"""Questions that need a worker's libraries, put to a process of their own."""

import json
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from earlyexp_bench.contracts import WORKER_COMMAND, EarlyExpError, StageFailure, canonical_json, worker_environment
from earlyexp_bench.contracts.environment import InstructionSet
from earlyexp_bench.contracts.failure import MENDABLE


def ask_worker(
    service: str,
    question: Any,  # noqa: ANN401 - JSON
    environment: Mapping[str, str],
    instruction_set: InstructionSet = "native",
) -> Any:  # noqa: ANN401 - JSON
    """Ask a worker's service: JSON in, a last line of JSON out.

    Args:
        service: The worker's option.
        question: JSON.
        environment: Further variables of the worker, e.g. ``HF_HUB_OFFLINE``.
        instruction_set: That the worker computes with.

    Raises:
        UserError: The user has something to mend before it can be answered, such as a full disk.
        EarlyExpError: The worker failed; with what it said.
    """
    done = subprocess.run(
        [*WORKER_COMMAND, service],
        input=canonical_json(question),
        env=worker_environment(further=environment, instruction_set=instruction_set),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said, answer = done.stderr.strip(), done.stdout.removesuffix("\n").rpartition("\n")[2]
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise EarlyExpError(f"`worker {service}` was ended by {name}, as when memory runs out:\n{said}")
    if done.returncode == MENDABLE and answer:
        raise StageFailure.read(json.loads(answer)).mistake()
    if done.returncode:
        raise EarlyExpError(f"`worker {service}` ended with exit code {done.returncode}:\n{said}")
    return json.loads(answer)
