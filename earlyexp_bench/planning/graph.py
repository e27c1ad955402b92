"""The DAG: stages by key, each once, and the cells that need them."""

from dataclasses import dataclass, field

from earlyexp_bench.contracts import ParentRef, StageSpec


@dataclass(frozen=True)
class Node:
    """A planned stage.

    Attributes:
        spec: What the worker is given.
        key: The spec's key, computed once.
        label: For people: kind, recipe, pipeline, seed.
        priority: Lower runs first among the stages that are ready.
        update_tokens: Tokens that enter optimizer updates, at most.
        further_tokens: What methods compute beside updates, in tokens whose update would cost as much.
    """

    spec: StageSpec
    key: str
    label: str
    priority: int
    update_tokens: int = 0
    further_tokens: float = 0.0


@dataclass(frozen=True)
class Cell:
    """One recipe × pipeline × seed × sweep point, and the stages that hold its losses.

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


@dataclass
class Graph:
    """Stages by key in the order in which they were first needed."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def add(
        self,
        spec: StageSpec,
        label: str,
        *,
        update_tokens: int = 0,
        further_tokens: float = 0.0,
        output: str = "final",
    ) -> ParentRef:
        """Add a stage unless it is there, and return a reference to one of its outputs."""
        key = spec.key
        if key not in self.nodes:
            self.nodes[key] = Node(spec, key, label, len(self.nodes), update_tokens, further_tokens)
        return ParentRef(kind=spec.kind, key=key, output=output)
