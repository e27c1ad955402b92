"""What a model configuration amounts to, asked of a worker once and kept by hash."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from earlyexp_bench.contracts import UserError, digest, library_versions
from earlyexp_bench.planning.asking import ask_worker
from earlyexp_bench.planning.checkpoint import plan_checkpoint
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import require_writable, write_json

PROBE_VERSION = 2


class ModelProbe(BaseModel):
    """Size and cost of a model.

    Attributes:
        parameters: Tied weights counted once.
        flops_per_token: Of one forward and backward pass.
        modules: Names of linear layers and embeddings; a layer's number is ``*``.
        settings: Names of the modules' settings that are numbers, such as ``attention_dropout``.
        not_linear: Matrices of the decoder layers that no linear layer holds.
        device_present: Whether this machine, now, has the device that the benchmark trains on; in no cache.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    parameters: int
    flops_per_token: float
    modules: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    not_linear: tuple[str, ...] = ()
    device_present: bool = True


def probe_model(loaded: LoadedBenchmark, cache: Path, environment: Mapping[str, str] | None = None) -> ModelProbe:
    """Check `model:` against its transformers class, count its parameters and try it small, without torch here.

    A small copy is trained, exported and scored with the benchmark's numerics, on its device where this machine has
    one. A checkpoint is loaded once; one of the hub is downloaded, for all the stages to come.

    Args:
        loaded: The benchmark.
        cache: Folder of earlier answers.
        environment: Further variables of the worker that is asked, e.g. ``HF_HUB_OFFLINE``.

    Raises:
        UserError: `model_type` is unknown, a key is not one of the configuration's, a model cannot be trained or
            scored, or a checkpoint cannot be used.
        UserError: There is no earlier answer, and the folder cannot be written.
        EarlyExpError: The probe itself failed.
    """
    present = _device_is_here(loaded.spec.numerics.device, environment or {})
    question, location = _question(loaded, present)
    file = cache / f"{digest([PROBE_VERSION, question])}.json"
    if not file.exists():
        require_writable(cache)
        kernels = loaded.spec.numerics.instruction_set
        answer = ask_worker("--probe", question | location, environment or {}, kernels)
        _refuse(answer, loaded)
        cache.mkdir(parents=True, exist_ok=True)
        write_json(file, answer, durable=False)
    answered = ModelProbe.model_validate_json(file.read_text(encoding="utf-8"))
    return answered.model_copy(update={"device_present": present})


def require_device(loaded: LoadedBenchmark, probe: ModelProbe) -> None:
    """Refuse to train on a device that this machine has not.

    Raises:
        UserError: It has not.
    """
    device = loaded.spec.numerics.device
    if not probe.device_present:
        raise UserError(
            f"the benchmark trains on {device}, and torch finds none on this machine",
            where=loaded.where(("numerics", "device")),
            expected=f"a machine with {device}, or `--set numerics.device=cpu`, which makes a board of its own",
        )


def _device_is_here(device: str, environment: Mapping[str, str]) -> bool:
    return device == "cpu" or ask_worker("--device", device, environment) is True


def _question(loaded: LoadedBenchmark, device_present: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what decides the answer, and where the checkpoint lies if there is one."""
    spec, checkpoint = loaded.spec, plan_checkpoint(loaded)
    numerics = spec.numerics.model_dump(mode="json") | ({} if device_present else {"device": "cpu"})
    asked = {"context": spec.context, "numerics": numerics, "software": library_versions()}
    if checkpoint is not None:
        return asked | {"checkpoint": asdict(checkpoint.identity)}, {"location": checkpoint.location.model_dump()}
    assert spec.tokenizer is not None  # a benchmark has a checkpoint or trains a tokenizer
    return asked | {"model": spec.model, "vocab_size": spec.tokenizer.vocab_size}, {}


def _refuse(answer: dict[str, Any], loaded: LoadedBenchmark) -> None:
    """Refuse what the worker found wrong; ``answer`` is its `ModelAnswer`."""
    for key in answer.get("unknown_keys", ()):
        close = answer["nearest"].get(key)
        raise UserError(
            f"{key!r} is no key of a {loaded.spec.model.get('model_type')} configuration; transformers would ignore it",
            where=loaded.where(("model", key)),
            expected=f"{close!r}?" if close else "a key of that configuration class",
        )
    if answer.get("error"):
        where = loaded.where(tuple(answer["key"].split(".")))
        raise UserError(answer["error"], where=where, expected=answer["expected"])
