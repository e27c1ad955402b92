"""The three stages for every recipe, seed, downstream task and rate, as cells for ``earlyexp_bench.scoring``."""

from dataclasses import dataclass, replace

from earlyexp_bench.scoring import (
    CURVE,
    Board,
    BoardTerms,
    CellResult,
    Losses,
    PipelineTerms,
    RecipeTerms,
    Scale,
    Scales,
    score_board,
)
from earlyexp_theory.network import Basis, Network, aligned, descend, draw_basis
from earlyexp_theory.tasks import FEATURES, Floats, Strengths, downstream, draw_strengths, general, mixture, target

RECIPES = {"baseline": 0.0, "early-25": 0.25, "early-50": 0.5, "early-75": 0.75, "early": 1.0}  # name → λ
PIPELINES = ("target→contrary", "target→akin")
# Downstream losses that every recipe passes in every seed; fine-tuning here never reaches half of the way to the nadir.
LEVELS = {"target→contrary": (0.18, 0.1, 0.04), "target→akin": (0.012, 0.006, 0.002)}
NOTES = {
    "What this is": "A two-layer linear network of three features, trained in double precision; losses are halved mean "
    "squares, not nats. Nothing is sampled, so validation and test are the same numbers.",
    "Seeds": "A seed draws what the tasks ask of the features, and the basis that the inputs share.",
    "Nadir": "Loss of a network that is 0 everywhere; the ideal is 0. Mean over the seeds.",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes of the study. Times are learning rate × steps.

    Attributes:
        initial: Strength of every feature before pretraining.
        target_share: Weight of the whole target beside a general corpus of 1, added at λ = 1 (the paper: .3B / 8.7B).
        tolerance: Target loss at which post-training has converged.
    """

    initial: float = 0.01
    target_share: float = 0.034
    pretraining_rate: float = 0.2
    pretraining_steps: int = 3000
    posttraining_rate: float = 0.1
    posttraining_steps: int = 10_000
    tolerance: float = 1e-20
    finetuning_rates: tuple[float, ...] = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
    finetuning_steps: int = 100
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)

    def refined(self, factor: int) -> "Settings":
        """The same times in ``factor`` times as many steps, each that much smaller."""
        return replace(
            self,
            pretraining_rate=self.pretraining_rate / factor,
            pretraining_steps=self.pretraining_steps * factor,
            posttraining_rate=self.posttraining_rate / factor,
            posttraining_steps=self.posttraining_steps * factor,
            finetuning_rates=tuple(rate / factor for rate in self.finetuning_rates),
            finetuning_steps=self.finetuning_steps * factor,
        )


@dataclass(frozen=True, slots=True)
class Upstream:
    """One recipe and seed before the downstream user gets it.

    Attributes:
        asked: What the tasks of the seed ask for.
        pretrained: Strengths after pretraining, shape (features,).
        posttrained: Strengths after post-training, shape (features,).
        converged: Whether post-training came down to the tolerance.
    """

    asked: Strengths
    basis: Basis
    pretrained: Floats
    posttrained: Floats
    network: Network
    converged: bool

    def distance(self, pipeline: str) -> float:
        """D of the front: how far fine-tuning has to move the inconsistent feature."""
        return float(abs(asked_downstream(self.asked, pipeline) - self.posttrained[1]))


@dataclass(frozen=True, slots=True)
class Study:
    """The board, its cells, and the networks behind them by (recipe, seed)."""

    settings: Settings
    board: Board
    cells: tuple[CellResult, ...]
    upstream: dict[tuple[str, int], Upstream]


def run_study(settings: Settings | None = None) -> Study:
    """Train every recipe through all three stages and score the fronts as any benchmark's; about three seconds."""
    settings = settings or Settings()
    upstream = {
        (recipe, seed): train_upstream(fraction, seed, settings)
        for recipe, fraction in RECIPES.items()
        for seed in settings.seeds
    }
    cells = tuple(
        _cell(recipe, pipeline, seed, rate, upstream[recipe, seed], settings)
        for recipe, seed in upstream
        for pipeline in PIPELINES
        for rate in settings.finetuning_rates
    )
    return Study(settings, score_board(board_terms(settings), cells), cells, upstream)


def train_upstream(fraction: float, seed: int, settings: Settings) -> Upstream:
    """Pretrain with λ = ``fraction`` of the target mixed in, then post-train on the target to convergence."""
    asked, basis = draw_strengths(seed), draw_basis(seed)
    added = fraction * settings.target_share
    exposed = mixture(general(asked), target(asked), added / (1 + added))
    start = aligned(basis, settings.initial, seed)
    pretrained = descend(start, exposed, basis, settings.pretraining_rate, settings.pretraining_steps).network
    posttrained = descend(
        pretrained,
        target(asked),
        basis,
        settings.posttraining_rate,
        settings.posttraining_steps,
        settings.tolerance,
    )
    return Upstream(
        asked,
        basis,
        pretrained.strengths(basis),
        posttrained.network.strengths(basis),
        posttrained.network,
        posttrained.converged,
    )


def finetune(upstream: Upstream, pipeline: str, rate: float, settings: Settings) -> Floats:
    """Strengths after fine-tuning on the downstream task of ``pipeline``, shape (features,)."""
    task = downstream(upstream.asked, asked_downstream(upstream.asked, pipeline))
    return descend(upstream.network, task, upstream.basis, rate, settings.finetuning_steps).network.strengths(
        upstream.basis
    )


def asked_downstream(asked: Strengths, pipeline: str) -> float:
    """δ of a pipeline."""
    return {"target→contrary": asked.contrary, "target→akin": asked.akin}[pipeline]


def board_terms(settings: Settings) -> BoardTerms:
    """What the study fixes about its board."""
    return BoardTerms(
        benchmark="theory",
        version=1,
        recipes=tuple(RecipeTerms(name, f"λ = {fraction:g}") for name, fraction in RECIPES.items()),
        pipelines=tuple(_pipeline(name, settings) for name in PIPELINES),
        seeds=settings.seeds,
        sweep=tuple({CURVE: rate} for rate in settings.finetuning_rates),
        reference="baseline",
        primary="early",
        description="Early exposure in a two-layer linear network",
        notes=NOTES,
    )


def _pipeline(name: str, settings: Settings) -> PipelineTerms:
    drawn = [draw_strengths(seed) for seed in settings.seeds]
    nothing = [0.0] * len(FEATURES)
    tasks = [(downstream(asked, asked_downstream(asked, name)), target(asked)) for asked in drawn]
    nadirs = [sum(pair[axis].loss(nothing) for pair in tasks) / len(tasks) for axis in (0, 1)]
    scales = Scales(downstream=Scale(nadirs[0], 0.0), retained=Scale(nadirs[1], 0.0))
    post, _, tuned = name.partition("→")
    return PipelineTerms(name, post, tuned, test=scales, validation=scales, levels=LEVELS[name])


def _cell(recipe: str, pipeline: str, seed: int, rate: float, upstream: Upstream, settings: Settings) -> CellResult:
    asked, tuned = upstream.asked, finetune(upstream, pipeline, rate, settings)
    losses = Losses(
        immediate=target(asked).loss(upstream.posttrained),
        retained=target(asked).loss(tuned),
        downstream=downstream(asked, asked_downstream(asked, pipeline)).loss(tuned),
        pretraining=general(asked).loss(tuned),
    )
    return CellResult(
        recipe,
        pipeline,
        seed,
        {CURVE: rate},
        test=losses,
        validation=losses,
        stopped="converged" if upstream.converged else "cap",
        converged=upstream.converged,
    )
