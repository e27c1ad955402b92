"""What a model configuration amounts to, asked of a worker once and kept by hash."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from earlyexp_bench.contracts import (
    WORKER_COMMAND,
    EarlyExpError,
    UserError,
    canonical_json,
    digest,
    worker_environment,
)
from earlyexp_bench.plan.checkpoint import plan_checkpoint
from earlyexp_bench.spec import KeyPath, LoadedBenchmark
from earlyexp_bench.store import require_writable, write_json

PROBE_VERSION = 1


class ModelProbe(BaseModel):
    """Size and cost of a model.

    Attributes:
        parameters: Tied weights counted once.
        flops_per_token: Of one forward and backward pass.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    parameters: int
    flops_per_token: float


def probe_model(loaded: LoadedBenchmark, cache: Path, environment: Mapping[str, str] | None = None) -> ModelProbe:
    """Check `model:` against its transformers class and count its parameters, without importing torch here.

    A checkpoint is loaded once; one of the hub is downloaded, for all the stages to come.

    Args:
        loaded: The benchmark.
        cache: Folder of earlier answers.
        environment: Further variables of the worker that is asked, e.g. ``HF_HUB_OFFLINE``.

    Raises:
        UserError: `model_type` is unknown, a key is not one of the configuration's, or a checkpoint cannot be used.
        UserError: There is no earlier answer, and the folder cannot be written.
        EarlyExpError: The probe itself failed.
    """
    question, location = _question(loaded)
    file = cache / f"{digest([PROBE_VERSION, question])}.json"
    if not file.exists():
        require_writable(cache)
        answer = _ask(question | location, environment or {})
        _refuse(answer, loaded)
        cache.mkdir(parents=True, exist_ok=True)
        write_json(file, answer, durable=False)
    return ModelProbe.model_validate_json(file.read_text(encoding="utf-8"))


def _question(loaded: LoadedBenchmark) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what decides the answer, and where the checkpoint lies if there is one."""
    spec, checkpoint = loaded.spec, plan_checkpoint(loaded)
    if checkpoint is not None:
        return {"checkpoint": asdict(checkpoint.identity), "context": spec.context}, {"location": checkpoint.location}
    assert spec.tokenizer is not None  # a benchmark has a checkpoint or trains a tokenizer
    return {"model": spec.model, "context": spec.context, "vocab_size": spec.tokenizer.vocab_size}, {}


def _ask(question: dict[str, object], environment: Mapping[str, str]) -> dict[str, object]:
    done = subprocess.run(
        [*WORKER_COMMAND, "--probe"],
        input=canonical_json(question),
        env=worker_environment(further=environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise EarlyExpError(f"the model probe failed:\n{done.stderr.strip()}")
    answer = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


def _refuse(answer: dict[str, object], loaded: LoadedBenchmark) -> None:
    unknown, nearest = answer.get("unknown_keys"), answer.get("nearest")
    if isinstance(unknown, list) and unknown:
        key = str(unknown[0])
        close = nearest.get(key) if isinstance(nearest, dict) else None
        raise UserError(
            f"{key!r} is no key of a {loaded.spec.model.get('model_type')} configuration; transformers would ignore it",
            where=loaded.where(("model", key)),
            expected=f"{close!r}?" if close else "a key of that configuration class",
        )
    if answer.get("expected"):
        path: KeyPath = ("context",) if answer["key"] == "context" else ("model", "init_from")
        raise UserError(str(answer["error"]), where=loaded.where(path), expected=str(answer["expected"]))
    if answer.get("error"):
        raise UserError(str(answer["error"]), where=loaded.where(("model",)), expected="a transformers causal LM")
