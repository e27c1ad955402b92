"""What a stage directory says: the input that a worker reads and the record it leaves.

``stage.json`` is written by the launcher, ``record.json`` by the worker, last. A stage's key is the
digest of ``StageSpec.payload()``; nothing else decides whether a result can be used again.
"""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationInfo, field_validator

from earlyexp_bench.contracts.canonical import digest
from earlyexp_bench.contracts.errors import StoreError
from earlyexp_bench.contracts.method import TRAINING_STAGES
from earlyexp_bench.contracts.runtime import Runtime
from earlyexp_bench.contracts.stages import (
    contamination,
    evaluate,
    finetune,
    posttrain,
    pretrain,
    tokenizer,
    tokens,
    training,
)
from earlyexp_bench.contracts.stages.parts import StageOutput

KEY_SCHEMA = 2
StageKind = Literal["tokenizer", "tokens", "contamination", "pretrain", "posttrain", "finetune", "evaluate"]
STAGE_VERSIONS: dict[StageKind, int] = {
    "tokenizer": tokenizer.VERSION,
    "tokens": tokens.VERSION,
    "contamination": contamination.VERSION,
    "pretrain": pretrain.VERSION,
    "posttrain": posttrain.VERSION,
    "finetune": finetune.VERSION,
    "evaluate": evaluate.VERSION,
}
OUTPUTS: dict[StageKind, type[StageOutput]] = {
    "tokenizer": tokenizer.TokenizerOutput,
    "tokens": tokens.TokensOutput,
    "contamination": contamination.ContaminationOutput,
    "pretrain": training.TrainingOutput,
    "posttrain": training.TrainingOutput,
    "finetune": training.TrainingOutput,
    "evaluate": evaluate.EvaluateOutput,
}
Status = Literal["done", "diverged"]
Output = TypeVar("Output", bound=StageOutput)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParentRef(_Model):
    """One output of an earlier stage."""

    kind: StageKind
    key: str = Field(pattern="^[0-9a-f]{64}$")
    output: str = "final"


class StageSpec(_Model):
    """Everything that a worker needs to run one stage."""

    kind: StageKind
    plugins: dict[str, str] = Field(default={}, description="Id to declared version of every plugin that takes part.")
    identity: dict[str, Any] = Field(description="The stage's own input model, defaults filled in.")
    numerics: dict[str, Any] = Field(default={}, description="The benchmark's numerics block; empty: no tensor made.")
    parents: dict[str, ParentRef] = Field(default={}, description="Role to earlier stage.")
    seed: int | None = None
    runtime: Runtime = Field(default=Runtime(), description="Never hashed: whatever cannot change a result.")

    def payload(self) -> dict[str, Any]:
        """Return what the key is the digest of."""
        return {
            "key_schema": KEY_SCHEMA,
            "kind": self.kind,
            "stage_version": STAGE_VERSIONS[self.kind],
            "plugins": self.plugins,
            "identity": self.identity,
            "numerics": self._hashed_numerics(),
            "parents": {role: [parent.key, parent.output] for role, parent in self.parents.items()},
            "seed": self.seed,
        }

    @property
    def processes(self) -> int:
        """Ranks that run the stage together; what does not train is run by one."""
        return self.runtime.processes if self.kind in TRAINING_STAGES else 1

    def _hashed_numerics(self) -> dict[str, Any]:
        """Leave out how a GPU's batches are cut, by which fits into its memory, unless random draws hang on it."""
        by_batch = self.kind in TRAINING_STAGES and self.numerics.get("draws") == "by-batch"
        cut = by_batch or self.numerics.get("device") == "cpu"
        block = {name: value for name, value in self.numerics.items() if cut or name != "micro_batch"}
        return block | ({"world_size": self.processes} if by_batch else {})

    @property
    def key(self) -> str:
        """The stage's content address: 64 hex digits."""
        return digest(self.payload())


class Record(_Model):
    """What a finished stage leaves: small, and enough to rebuild a board without its artefacts."""

    schema_version: Literal[2] = 2
    key: str
    payload: dict[str, Any]
    status: Status
    reason: str = ""
    outputs: tuple[str, ...] = Field(default=("final",), description="Folders that later stages start from, by name.")
    output: SerializeAsAny[StageOutput] | None = Field(
        default=None,
        validate_default=True,
        description="What the stage found, as `OUTPUTS` has it; None if it diverged.",
    )
    tokens: dict[str, int] = Field(default={}, description="Tokens that entered optimizer updates, by source.")
    flops: float = 0.0
    seconds: float = 0.0
    weight_hashes: dict[str, str] = Field(default={}, description="Output name to SHA-256 of its weights.")
    parent_weight_hashes: dict[str, str] = Field(default={}, description="Role to the parent's weight hash as used.")
    files: dict[str, str] = Field(default={}, description="Path within the stage directory to SHA-256.")
    environment: dict[str, Any] = Field(default={}, description="git, package, torch, device, plugin distributions.")

    @field_validator("output", mode="plain")
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> StageOutput | None:  # noqa: ANN401 - what is validated
        kind, status = info.data.get("payload", {}).get("kind"), info.data.get("status")
        if kind not in OUTPUTS or status is None:
            raise ValueError("it belongs to no stage: the payload's kind or the status is not known")
        if status == "diverged":
            if value is not None:
                raise ValueError("a stage that diverged has none")
            return None
        return OUTPUTS[kind].model_validate(value.model_dump() if isinstance(value, BaseModel) else value)

    def output_as(self, kind: type[Output]) -> Output:
        """Return what the stage found as the class that it is of.

        Raises:
            StoreError: It is of another class, or the stage diverged.
        """
        if not isinstance(self.output, kind):
            found = "nothing" if self.output is None else f"a {type(self.output).__name__}"
            raise StoreError(f"the {self.payload['kind']} stage {self.key[:12]} left {found}, not a {kind.__name__}")
        return self.output
