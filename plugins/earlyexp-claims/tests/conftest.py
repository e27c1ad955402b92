"""Boards of one curve a seed, on which a recipe retains more by a known gain."""

from collections.abc import Callable, Sequence

import pytest

from earlyexp_bench.scoring import CURVE, BoardTerms, CellResult, Losses, PipelineTerms, RecipeTerms, Scale, Scales

RATES = (1e-4, 2e-4, 3e-4, 4e-4)
# (downstream, retained) at four rates; nadir (6, 5), ideal (4, 3).
CURVE_POINTS = ((5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8))
LEVELS = (5.4, 5.0, 4.7)  # the curve above retains 3.1, 3.2 and 3.8 there


@pytest.fixture
def scales() -> Scales:
    return Scales(downstream=Scale(6.0, 4.0), retained=Scale(5.0, 3.0))


@pytest.fixture
def terms(scales: Scales) -> Callable[..., BoardTerms]:
    def make(seeds: Sequence[int] = (0, 1, 2), pipelines: Sequence[str] = ("p",)) -> BoardTerms:
        return BoardTerms(
            benchmark="b",
            version=1,
            recipes=(RecipeTerms("baseline"), RecipeTerms("early")),
            pipelines=tuple(PipelineTerms(name, "t", "d", scales, scales, levels=LEVELS) for name in pipelines),
            seeds=tuple(seeds),
            sweep=tuple({CURVE: rate} for rate in RATES),
            reference="baseline",
            primary="early",
        )

    return make


@pytest.fixture
def front() -> Callable[..., list[CellResult]]:
    """Make the cells of one recipe, pipeline and seed: a curve moved down by ``gain`` nats of retained loss."""

    def make(
        recipe: str,
        seed: int,
        gain: float = 0.0,
        *,
        pipeline: str = "p",
    ) -> list[CellResult]:
        losses = [Losses(2.5, y - gain, x, 4.0) for x, y in CURVE_POINTS]
        return [
            CellResult(recipe, pipeline, seed, {CURVE: rate}, test=loss, validation=loss)
            for rate, loss in zip(RATES, losses, strict=True)
        ]

    return make
