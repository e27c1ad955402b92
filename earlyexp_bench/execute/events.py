"""What the driver tells whoever watches a run, and what it returns."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import Record, StageFailure


@dataclass(frozen=True)
class Hit:
    """The stage was in the store, or another launcher finished it."""

    key: str
    record: Record


@dataclass(frozen=True)
class Started:
    """A worker has the stage."""

    key: str
    directory: Path


@dataclass(frozen=True)
class Progress:
    """The stage reported how far it is: ``step``, ``steps``, ``loss``, ``tokens_per_second``, ``phase``."""

    key: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The stage is in the store; ``record.status`` may be ``diverged``."""

    key: str
    record: Record


@dataclass(frozen=True)
class Failed:
    """The stage did not finish; ``log`` holds all it printed."""

    key: str
    failure: StageFailure
    log: Path


@dataclass(frozen=True)
class Blocked:
    """The stage will not run in this run because the stage ``by`` failed."""

    key: str
    by: str


@dataclass(frozen=True)
class DivergedAbove:
    """The stage will never run because the stage ``by`` diverged."""

    key: str
    by: str


@dataclass(frozen=True)
class Waiting:
    """Another launcher has the stage; its result will be used."""

    key: str


Event = Hit | Started | Progress | Finished | Failed | Blocked | DivergedAbove | Waiting


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended, stage by stage. Every planned key is in exactly one of the five.

    Attributes:
        hits: Found in the store, or made by another launcher meanwhile.
        finished: Made by this run; diverged ones included.
        failed: Key to what went wrong.
        blocked: Key to the failed stage above it.
        diverged: Key to the diverged stage above it, which itself is a hit or finished.
    """

    hits: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    failed: dict[str, StageFailure] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    diverged: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether no stage failed."""
        return not self.failed

    @property
    def mistakes(self) -> list[StageFailure]:
        """Failures for which there is something that the user can mend."""
        return [failure for failure in self.failed.values() if failure.mendable]
