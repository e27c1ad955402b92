"""What a plan is: stages by key, each once, and the cells that need them."""

from dataclasses import dataclass

from earlyexp_bench.contracts import ParentRef, StageSpec, TrainingStage
from earlyexp_bench.planning.claims import PlannedClaim
from earlyexp_bench.planning.components import PlannedDomain, PlannedMethod
from earlyexp_bench.spec import Benchmark, LoadedBenchmark


@dataclass(frozen=True)
class Node:
    """A planned stage.

    Attributes:
        spec: What the worker is given.
        key: The spec's key, computed once.
        label: For people: kind, recipe, pipeline, seed.
        priority: Lower runs first among the stages that are ready.
        update_tokens: Tokens that enter optimizer updates, at most.
        overhead_tokens: What methods compute beside updates, in tokens whose update would cost as much.
    """

    spec: StageSpec
    key: str
    label: str
    priority: int
    update_tokens: int = 0
    overhead_tokens: float = 0.0


@dataclass(frozen=True)
class Cell:
    """One recipe on one pipeline, with one seed, at one point of the sweeps, of one checkpoint.

    Attributes:
        sweep: Swept value by ``stage.field``, e.g. ``finetuning.learning_rate``.
        output: Checkpoint that is scored; ``final``, or by the names that methods give theirs.
        stages: ``pretrain``, ``posttrain``, ``finetune``, ``immediate``, ``retained`` to a stage's key.
        skipped: Why the cell cannot run; empty where it can.
    """

    recipe: str
    pipeline: str
    seed: int
    sweep: dict[str, float]
    output: str
    stages: dict[str, ParentRef]
    skipped: str = ""


@dataclass(frozen=True)
class Plan:
    """A benchmark's stages and cells; `loaded` says where each part was written.

    Attributes:
        tokens: Domain to its tokens stage.
        contamination: Pipeline to (trained, tested) domains to the stage that looks for twins.
        methods: Recipe to its methods in every training stage.
    """

    loaded: LoadedBenchmark
    nodes: list[Node]
    cells: list[Cell]
    tokens: dict[str, ParentRef]
    contamination: dict[str, dict[tuple[str, str], ParentRef]]
    domains: dict[str, PlannedDomain]
    methods: dict[str, dict[TrainingStage, list[PlannedMethod]]]
    claims: tuple[PlannedClaim, ...]

    @property
    def spec(self) -> Benchmark:
        """The benchmark."""
        return self.loaded.spec
