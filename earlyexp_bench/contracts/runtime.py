"""What a worker is told beside a stage's key: whatever cannot change a result."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CHECKPOINT_SECONDS = 60.0


class CheckpointLocation(BaseModel):
    """Where the checkpoint lies that a benchmark starts from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    init_from: str = Field(description="A directory in full, or an id on the hub.")
    revision: str | None = Field(default=None, description="Commit on the hub; None for a directory.")


class Runtime(BaseModel):
    """Never hashed. What is left out is as a launcher without wishes of its own has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_directory: str = Field(default=".", description="Where relative paths of a benchmark's own domains start.")
    locations: dict[str, dict[str, Any]] = Field(
        default={}, description="`DomainRef.digest` to the parameters that say where the domain's data lie."
    )
    checkpoint: CheckpointLocation | None = Field(default=None, description="None where none is started from.")
    checkpoint_seconds: float = Field(
        default=CHECKPOINT_SECONDS,
        ge=0,
        description="Seconds between checkpoints within a stage; 0: every step.",
    )
    processes: int = Field(default=1, ge=1, description="Ranks that train a stage together, under torchrun.")
    code: str = Field(default="", description="Names the code the stage must be made with; empty: whichever is here.")
    replaces: str = Field(default="", description="Hash of the stored record whose place the new one takes.")
