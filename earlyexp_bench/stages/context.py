"""What every stage function is given, and what it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earlyexp_bench.contracts import Record, StageSpec, Status, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import StageOutput
from earlyexp_bench.store import Store

if TYPE_CHECKING:
    from earlyexp_bench.training import Observer

Report = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class StageContext:
    """One run of one stage.

    Attributes:
        directory: Where the stage writes; renamed into the store when the stage is done. Holds what an
            earlier, interrupted run of the same stage left (``checkpoint/``).
        spec: The stage as planned.
        store: Where parents are read from.
        report: Takes a progress mapping: ``step``, ``steps``, ``loss``, ``tokens_per_second``, ``phase``.
        observer: Looks on while a training stage runs, for tests and tools.
    """

    directory: Path
    spec: StageSpec
    store: Store
    report: Report
    observer: "Observer | None" = None

    @property
    def numerics(self) -> Numerics:
        """The benchmark's numerics block."""
        return Numerics.model_validate(self.spec.numerics)

    @property
    def seed(self) -> int:
        """The stage's seed.

        Raises:
            UserError: The stage has none (tokenizer and tokens stages).
        """
        if self.spec.seed is None:
            raise UserError(f"a {self.spec.kind} stage has no seed")
        return self.spec.seed

    def parent_stage(self, role: str) -> Path:
        """Directory of the parent stage in ``role``."""
        parent = self.spec.parents[role]
        return self.store.directory(parent.kind, parent.key)

    def parent(self, role: str) -> Path:
        """Directory of the parent's output in ``role``: a checkpoint or a tokenizer."""
        return self.parent_stage(role) / self.spec.parents[role].output

    def parent_record(self, role: str) -> Record:
        """Record of the parent stage in ``role``."""
        parent = self.spec.parents[role]
        return self.store.record(parent.kind, parent.key)


@dataclass(frozen=True)
class StageResult:
    """What a stage found; the worker adds files, hashes, environment and seconds to make the record."""

    output: StageOutput | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    flops: float = 0.0
    outputs: tuple[str, ...] = ("final",)
    status: Status = "done"
    reason: str = ""
