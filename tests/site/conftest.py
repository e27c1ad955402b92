import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from earlyexp_bench.contracts import BenchmarkData
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.scoring import (
    CURVE,
    Board,
    BoardTerms,
    CellResult,
    ClaimResult,
    Losses,
    PipelineTerms,
    Ratio,
    RecipeTerms,
    Scale,
    Scales,
    StatedClaim,
    judge_claim,
    pipeline_results,
    score_board,
)

# What claims are told of the benchmark: the recipes stand in for three λ.
FRACTIONS = {"baseline": 0.0, "replay": 0.5, "early": 1.0}
RATES = (1e-4, 2e-4, 3e-4, 5e-4)
STAGE_2 = "posttraining.learning_rate"
MUSIC = Scale(4.35, 3.30)
PIPELINES = {"music→instruct": Scale(5.81, 3.85), "music→chemistry": Scale(4.23, 2.18)}
LEVELS = {"music→instruct": (5.40, 5.15, 4.90), "music→chemistry": (3.80, 3.55, 3.30)}
GAINS = {  # nats retained more than the baseline, by recipe and pipeline
    "baseline": (0.0, 0.0),
    "early": (0.34, 0.03),
    "replay": (0.12, -0.05),
    "early+replay": (0.41, 0.10),
}


def make_terms(seeds: Iterable[int] = range(5), recipes: Iterable[str] = tuple(GAINS)) -> BoardTerms:
    about = {
        "baseline": "Pretrain on general text alone.",
        "early": "Early exposure. All post-training data once in pretraining.",
        "replay": "1% of post-training tokens are general text.",
        "early+replay": "Both.",
    }
    return BoardTerms(
        benchmark="mini",
        version=1,
        description="The paper's Table 1 in miniature, on real text and on two CPU cores.",
        recipes=tuple(RecipeTerms(n, about[n], needs_pretraining_data="replay" in n) for n in recipes),
        pipelines=tuple(
            PipelineTerms(
                name,
                "music/tunes",
                f"{name.split('→')[1]}/all",
                Scales(scale, MUSIC),
                Scales(scale, MUSIC),
                levels=LEVELS[name],
            )
            for name, scale in PIPELINES.items()
        ),
        seeds=tuple(seeds),
        sweep=tuple({STAGE_2: 1e-3, CURVE: rate} for rate in RATES),
        reference="baseline",
        primary="early",
        ratios=(Ratio("D_post / stage 1", "3.3%", "3.4%"), Ratio("stage 3 / D_post", "3", "0.67")),
        notes={"Stage 3 is longer": "150K tokens: within 50K the downstream task is hardly learned at this size."},
    )


def make_cells(terms: BoardTerms, *, noise: float = 0.06) -> list[CellResult]:
    """Plausible cells: a higher rate learns more downstream and forgets more; seeds shift all recipes alike."""
    cells = []
    for column, pipeline in enumerate(terms.pipelines):
        scale = PIPELINES[pipeline.name]
        for seed in terms.seeds:
            shared = np.random.default_rng([7, column, seed]).normal(0, noise, (4, len(RATES)))
            for recipe in terms.recipes:
                place = list(GAINS).index(recipe.name)
                own = np.random.default_rng([8, column, seed, place]).normal(0, noise, (4, len(RATES)))
                for index, rate in enumerate(RATES):
                    step = math.log(rate / RATES[0])
                    shift = shared[:, index] + own[:, index] / 2
                    gain = GAINS[recipe.name][column]
                    losses = Losses(
                        immediate=2.55 + shift[0] / 3,
                        retained=2.95 + 0.75 * step - gain * (0.6 + 0.4 * step) + shift[1],
                        downstream=scale.nadir - 0.25 - 0.48 * step + shift[2] / 2,
                        pretraining=4.6 + 0.3 * step - gain / 5 + shift[3] / 2,
                    )
                    extra = {"retained/target/bits_per_byte": losses.retained / 2.1, "retained/target/choice.acc": 0.41}
                    tokens = {"general": 1_500_000, "target": 850_000 + 1000 * seed, "downstream": 150_000}
                    cells.append(
                        CellResult(
                            recipe.name,
                            pipeline.name,
                            seed,
                            {STAGE_2: 1e-3, CURVE: rate},
                            test=losses,
                            validation=Losses(
                                *(v + 0.01 for v in (losses.immediate, losses.retained)), losses.downstream
                            ),
                            metrics=extra,
                            tokens=tokens,
                            ledger={
                                "pretrain": {"general": 1_500_000, "target": 50_000},
                                "posttrain": {"target": 800_000 + 1000 * seed},
                                "finetune": {"downstream": 150_000},
                            },
                            flops=6 * 2.8e5 * sum(tokens.values()),
                            stopped="converged",
                        )
                    )
    return cells


@pytest.fixture
def terms() -> BoardTerms:
    return make_terms()


@pytest.fixture
def cells(terms: BoardTerms) -> list[CellResult]:
    return make_cells(terms)


@pytest.fixture
def board(terms: BoardTerms, cells: list[CellResult]) -> Board:
    return score_board(terms, cells)


@pytest.fixture
def made() -> Callable[..., tuple[Board, list[CellResult]]]:
    """Make a board of some seeds and recipes, with cells changed on the way."""

    def make(
        change: Callable[[CellResult], CellResult | None] = lambda cell: cell, **choice: object
    ) -> tuple[Board, list[CellResult]]:
        terms = make_terms(**choice)
        changed = [kept for cell in make_cells(terms) if (kept := change(cell)) is not None]
        return score_board(terms, changed), changed

    return make


def gaining(cells: list[CellResult], recipe: str, **by_pipeline: float) -> list[CellResult]:
    """The cells with a recipe's retained losses moved down, by the pipeline's downstream domain."""

    def moved(cell: CellResult) -> CellResult:
        by = by_pipeline[cell.pipeline.split("→")[1]]
        sides = {side: getattr(cell, side) for side in ("test", "validation")}
        return replace(cell, **{side: replace(losses, retained=losses.retained - by) for side, losses in sides.items()})

    return [moved(cell) if cell.recipe == recipe else cell for cell in cells]


@pytest.fixture
def opened(cells: list[CellResult]) -> list[CellResult]:
    """Cells whose primary contrast is significant on both pipelines, so that every row is tested."""
    return gaining(cells, "early", instruct=0.0, chemistry=0.3)


@pytest.fixture
def split(opened: list[CellResult]) -> list[CellResult]:
    """Cells of which replay is better on one pipeline and worse on the other."""
    return gaining(opened, "replay", instruct=0.3, chemistry=-0.5)


@pytest.fixture
def judged() -> Callable[..., list[ClaimResult]]:
    """Judge claims of `earlyexp-claims`, each a name and its parameters, by a board and its cells."""

    def judge(board: Board, cells: Iterable[CellResult], *claims: dict[str, Any]) -> list[ClaimResult]:
        pipelines = pipeline_results(board, cells)
        return [result for claim in claims for result in judge_claim(stated(**claim), pipelines)]

    return judge


def stated(claim: str, **params: Any) -> StatedClaim:
    definition = registry().claim(claim).definition
    values = definition.Params.model_validate(params)
    data: BenchmarkData = {"recipes": {name: {"exposure": {"fraction": f}} for name, f in FRACTIONS.items()}}
    heavy = load_object(definition.implementation)(values, data)
    return StatedClaim(claim, definition.statement, tuple(definition.recipes(values).values()), heavy, definition.note)
