"""Built-in methods, the light halves: LoRA, replay, dropout."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts import CellContext, Cost, MethodDefinition, Needs, PlannedStage, TrainingStage
from earlyexp_bench.contracts.counts import sequence_count

# What the words for a Llama's matrices stand for; any other target is a module's own name.
LORA_TARGETS = {"projection": ("o_proj",), "mlp": ("gate_proj", "up_proj", "down_proj"), "head": ("lm_head",)}
_TUNING: frozenset[TrainingStage] = frozenset({"posttrain", "finetune"})


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoRAParams(_Params):
    """Parameters of `lora`."""

    rank: int = Field(default=64, ge=1, description="Rank of the update of each matrix.")
    alpha: float | None = Field(default=None, gt=0, description="Scale of the update is alpha / rank; None: 2 * rank.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="On the adapters' input.")
    targets: tuple[Annotated[str, Field(pattern=r"^[\w.]+$")], ...] = Field(
        default=("projection", "mlp", "head"),
        min_length=1,
        description="Matrices that get an adapter: projection (o_proj), mlp (gate_proj, up_proj, down_proj), head "
        "(lm_head), or the last part of a module's name, e.g. c_fc.",
    )

    def names(self) -> tuple[str, ...]:
        """Last parts of the names of the modules that get an adapter."""
        return tuple(name for target in self.targets for name in LORA_TARGETS.get(target, (target,)))


class LoRA(MethodDefinition[LoRAParams]):
    """Low-rank adapters, merged at the end of the stage."""

    name = "lora"
    version = "1"
    stages = _TUNING
    Params = LoRAParams
    implementation = "earlyexp_bench.builtin._lora:LoRA"
    description = "Trains low-rank adapters on attention output, MLP and head; merged afterwards."
    reference = "Hu et al. 2021, arXiv 2106.09685; targets as in arXiv 2605.12705"

    def modules(self, params: LoRAParams) -> tuple[str, ...]:
        """Name what gets an adapter."""
        return params.names()


class ReplayParams(_Params):
    """Parameters of `replay`."""

    fraction: float = Field(default=0.01, gt=0, lt=1, description="Share of the stage's tokens that is general text.")

    def sequences(self, rows: int, stage: TrainingStage) -> int:
        """General sequences of a stage of ``rows``: added to post-training, instead of others in fine-tuning."""
        return round(rows * (self.fraction / (1 - self.fraction) if stage == "posttrain" else self.fraction))


class Replay(MethodDefinition[ReplayParams]):
    """General text among the stage's own."""

    name = "replay"
    version = "1"
    stages = _TUNING
    Params = ReplayParams
    implementation = "earlyexp_bench.builtin._replay:Replay"
    description = "Mixes pretraining text in: added to post-training, in place of downstream text in fine-tuning."
    reference = "arXiv 2605.12705, section 4.3"

    def needs(self, params: ReplayParams, stage: TrainingStage) -> Needs:
        """Ask for stage 1's general stream."""
        return Needs(tokens=frozenset({"general"}))

    def cost(self, params: ReplayParams, planned: PlannedStage) -> Cost:
        """Declare the tokens it adds to post-training; in fine-tuning it displaces as many instead."""
        return Cost(update_tokens={"general": round(planned.tokens * params.fraction / (1 - params.fraction))})

    def incompatible(self, params: ReplayParams, cell: CellContext) -> str | None:
        """Tell that the share is none of the stage's sequences, or leaves none of its own."""
        rows, full = sequence_count(cell.tokens, cell.context), cell.tokens // cell.context
        count = params.sequences(rows, cell.stage)
        if rows and count == 0:
            return f"{params.fraction:g} is not one of {rows} sequences"
        return f"{count} sequences would replace all {full}" if cell.stage == "finetune" and count >= full else None


# What a place needs of the model; every model has a token embedding.
DROPOUT_PLACES: dict[str, tuple[str, ...]] = {
    "embedding": (),
    "attention": ("attention_dropout",),
    "residual": ("o_proj", "down_proj"),
    "mlp": ("down_proj",),
}


class DropoutParams(_Params):
    """Parameters of `dropout`: one probability, or one for each place."""

    p: float = Field(default=0.05, ge=0, lt=1, description="Probability in every place that has none of its own.")
    embedding: float | None = Field(default=None, ge=0, lt=1, description="After the token embedding.")
    attention: float | None = Field(default=None, ge=0, lt=1, description="On attention weights.")
    residual: float | None = Field(default=None, ge=0, lt=1, description="On o_proj's and down_proj's outputs.")
    mlp: float | None = Field(default=None, ge=0, lt=1, description="On down_proj's input.")

    def places(self) -> dict[str, float]:
        """Probability in each place."""
        return {place: self.p if (own := getattr(self, place)) is None else own for place in DROPOUT_PLACES}


class Dropout(MethodDefinition[DropoutParams]):
    """Dropout during training; the saved model has none."""

    name = "dropout"
    version = "1"
    Params = DropoutParams
    implementation = "earlyexp_bench.builtin._dropout:Dropout"
    description = "Dropout after the embedding, on attention weights, on the residual branches and within the MLP."
    reference = "Srivastava et al. 2014; places as in arXiv 2605.12705"

    def modules(self, params: DropoutParams) -> tuple[str, ...]:
        """Name what each place with a probability acts on."""
        names = [name for place, p in params.places().items() if p > 0 for name in DROPOUT_PLACES[place]]
        return tuple(dict.fromkeys(names))


METHODS: tuple[MethodDefinition[Any], ...] = (LoRA(), Replay(), Dropout())
