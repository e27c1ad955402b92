"""What a method is, before torch is loaded: a named, versioned intervention in a training stage."""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from earlyexp_bench.contracts.domain import NoParams

TrainingStage = Literal["pretrain", "posttrain", "finetune"]
TRAINING_STAGES: tuple[TrainingStage, ...] = ("pretrain", "posttrain", "finetune")
TokenSource = Literal["general", "target"]
EVERY_MATRIX = "*"
"""In what ``MethodDefinition.modules`` returns: every matrix of the decoder layers, all of them in linear layers."""
P = TypeVar("P", bound=BaseModel)


@dataclass(frozen=True)
class Needs:
    """Earlier data or tensors that a method reads. They become parents of its stage and part of its key.

    Attributes:
        tokens: Training streams of earlier stages, e.g. ``{"general"}`` for replay.
        sidecars: Ids of methods whose sidecar, kept by an earlier stage, is read.
    """

    tokens: frozenset[TokenSource] = frozenset()
    sidecars: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cost:
    """What a method adds to its stage, declared so that a forecast and a check are possible.

    Attributes:
        update_tokens: Further tokens that enter optimizer updates, by source.
        forward_tokens: Further tokens that pass forward only.
        backward_tokens: Further tokens that pass forward and backward without being new data (SAM).
        stored_bytes_per_parameter: State kept beside the weights.
    """

    update_tokens: dict[str, int] = field(default_factory=dict)
    forward_tokens: int = 0
    backward_tokens: int = 0
    stored_bytes_per_parameter: float = 0.0


@dataclass(frozen=True)
class PlannedStage:
    """How long a training stage is.

    Attributes:
        stage: Its kind.
        tokens: Tokens that enter updates, at most, without what methods add.
        context: Length of a training sequence in tokens.
        batch_tokens: Tokens of one optimizer step.
        steps: Optimizer steps over ``tokens``.
    """

    stage: TrainingStage
    tokens: int
    context: int
    batch_tokens: int
    steps: int


@dataclass(frozen=True)
class CellContext(PlannedStage):
    """What a method may look at when it says whether it can run: the stage it is listed in, plain data, no model.

    Attributes:
        model: The benchmark's model configuration, or that of the checkpoint it starts from; a checkpoint of the
            hub is not asked for its own: ``init_from`` and ``revision`` alone.
        track: ``added`` or ``matched``.
        methods: Ids of all methods of that stage, in order.
        numerics: The benchmark's numerics block.
    """

    model: dict[str, Any]
    track: str
    methods: tuple[str, ...]
    numerics: dict[str, Any]


def sidecar_role(method: str) -> str:
    """Return the role of the parent stage in which the method with this id kept its sidecar."""
    return f"sidecar of {method}"


class MethodDefinition(Generic[P]):
    """The light half of a method. Subclass it, set the class attributes, register the class's instance.

    Attributes:
        name: Name within the distribution; the id is ``distribution/name``.
        version: Raise it whenever results may change; part of every key.
        stages: Training stages it may act in.
        Params: Pydantic model of its parameters.
        implementation: Heavy half as ``"package._module:Class"``, imported only in the worker.
        description: One sentence for ``plugins list`` and the board.
        reference: Paper or page it comes from.
        draws_per_batch: Its part of the forward pass draws random numbers of torch's own for a whole batch, and not by
            dropout, which is drawn by row. Then micro-batch and number of ranks are part of its stage's key.
    """

    name: str
    version: str
    stages: frozenset[TrainingStage] = frozenset(TRAINING_STAGES)
    Params: type[P] = NoParams  # type: ignore[assignment]
    implementation: str
    description: str = ""
    reference: str = ""
    draws_per_batch: bool = False

    def needs(self, params: P, stage: TrainingStage) -> Needs:
        """Return the earlier data or tensors that it reads in a stage of this kind."""
        return Needs()

    def cost(self, params: P, planned: PlannedStage) -> Cost:
        """Return what it adds to a stage that is planned so; asked again with what the stage came to."""
        return Cost()

    def outputs(self, params: P) -> tuple[str, ...]:
        """Return the names of the checkpoints it yields."""
        return ("final",)

    def modules(self, params: P) -> tuple[str, ...]:
        """Return the last parts of the names of the model's modules that it acts on, e.g. ``("o_proj",)``.

        A setting of a module that is a number, such as ``attention_dropout``, may be named as well. A run is refused
        where the model lacks one of them, before anything is trained. `EVERY_MATRIX` stands for all of the decoder.
        """
        return ()

    def lr_scale(self, params: P) -> float:
        """Return the fixed factor on the swept learning rate that the method declares."""
        return 1.0

    def incompatible(self, params: P, cell: CellContext) -> str | None:
        """Return why it cannot run with these parameters in this cell, or None."""
        return None
