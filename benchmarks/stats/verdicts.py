"""How often a board says what is not true, and what it can find: simulations of the rule that boards are judged by.

A board has two pipelines and, on each, eight recipes that are equally good: the reference, the primary recipe, its
control and five more. They are compared eight times, seven recipes with the reference, and the primary with the
control: a full family. A recipe's matched loss varies from seed to seed. All gains share the reference's draw, unless
it is steady; then a gain has the shape of a recipe's own losses. Pipelines may share a recipe's checkpoint.

    python benchmarks/stats/verdicts.py [--boards 20000] [--seed 0]

The first table says how many boards call some recipe better or worse (all are equal, so that is false; as often some
board-wide interval misses the true gain), and how often a recipe's own 95% interval holds its true gain, in the worst
place. The second says which gain is found with 80% power, by formula, and how often such a gain is found when drawn.
"""

import argparse
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.scoring.intervals import FAMILY, board_interval, error_share
from earlyexp_bench.scoring.matched import Levels, frozen_levels, matched_loss, mean_curve
from earlyexp_bench.scoring.power import detectable_effect
from earlyexp_bench.scoring.statistics import t_interval

Floats = NDArray[np.float64]
Rng = np.random.Generator
Draw = Callable[[Rng, tuple[int, ...]], Floats]
SEEDS = (5, 10, 20)
SPREADS = (0.08, 0.13, 0.21, 0.3)  # SDs of per-seed gains in nats
PIPELINES = 2
RECIPES = FAMILY  # the reference and seven more; the eighth comparison is of two of these
LEAP = 0.1  # share of runs that forget everything
NADIR = 4.0
CURVE = np.array([(4.1, 2.7), (3.7, 2.9), (3.3, 3.2), (3.0, 3.6), (2.7, 4.1)])  # a mean curve, of mini's shape
IMMEDIATE = 2.6


@dataclass(frozen=True)
class Case:
    """What losses are drawn from.

    Attributes:
        draw: Losses of mean 0 for a shape that ends in seeds.
        reference: Whether the reference varies, too; without it every gain has the shape of ``draw`` itself.
        shared: Correlation of a recipe's losses on two pipelines, whose stages 1 and 2 may be one run.
    """

    name: str
    draw: Draw
    reference: bool = True
    shared: float = 0.0


def main(boards: int, seed: int) -> None:
    """Print both tables."""
    print(f"equally good recipes, {boards:,} boards of {PIPELINES} pipelines and {FAMILY} comparisons on each")
    print(f"{'losses':<58}{'seeds':>6}{'boards with a false verdict':>29}{'own 95% interval holds':>24}")
    for case in CASES:
        for n in SEEDS:
            gains = draw_gains(np.random.default_rng([seed, n]), case, boards, n)
            false, own = false_verdicts(gains).any(axis=(1, 2)).mean(), own_coverage(gains).min()
            error = 200 * np.sqrt(false * (1 - false) / boards)
            print(f"{case.name:<58}{n:>6}{100 * false:>20.1f} ± {error:.1f}%{100 * own:>23.1f}%")
    print_power(boards, seed)


def print_power(boards: int, seed: int) -> None:
    """Print the gains that are found with 80% power, in nats, and how often they are found."""
    spreads = "".join(f"{f'SD {spread:g}':>16}" for spread in SPREADS)
    print(f"\ngain found with 80% power, {PIPELINES} pipelines, family of {FAMILY}: primary / others, nats")
    print(f"{'seeds':>5}{spreads}{'found in fact':>20}")
    for n in SEEDS:
        effects = [detectable_effect(n, error_share(PIPELINES, primary=primary)) for primary in (True, False)]
        found = [found_share(np.random.default_rng([seed, n]), n, boards, primary=p) for p in (True, False)]
        cells = "".join(f"{f'{effects[0] * s:.3f} / {effects[1] * s:.3f}':>16}" for s in SPREADS)
        print(f"{n:>5}{cells}{f'{100 * found[0]:.0f}% / {100 * found[1]:.0f}%':>20}")


def found_share(rng: Rng, seeds: int, boards: int, *, primary: bool) -> float:
    """Share of normal gains of the size that 80% power is said to find which are called better."""
    effect = detectable_effect(seeds, error_share(PIPELINES, primary=primary))
    gains = effect + rng.normal(size=(boards, seeds))
    return float((gains.mean(axis=-1) > half_width(gains, primary=primary)).mean())


def draw_gains(rng: Rng, case: Case, boards: int, seeds: int) -> Floats:
    """Gains without any true difference, shape (boards, pipelines, comparisons, seeds); the primary contrast first.

    The last comparison is that of the primary recipe with its control.
    """
    both = case.draw(rng, (boards, 1, RECIPES, seeds)) if case.shared else 0.0
    own = case.draw(rng, (boards, PIPELINES, RECIPES, seeds))
    losses = np.sqrt(case.shared) * both + np.sqrt(1 - case.shared) * own
    reference = losses[:, :, :1] * case.reference
    beside_control = losses[:, :, 2:3] - losses[:, :, 1:2]
    return np.concatenate([reference - losses[:, :, 1:], beside_control], axis=2)


def false_verdicts(gains: Floats) -> NDArray[np.bool_]:
    """Tell where a comparison is called better or worse, shape (boards, pipelines, comparisons)."""
    half = np.concatenate(
        [half_width(gains[:, :, :1], primary=True), half_width(gains[:, :, 1:], primary=False)], axis=2
    )
    return np.asarray((np.abs(gains.mean(axis=-1)) > half) & (half > 0))


def own_coverage(gains: Floats) -> Floats:
    """Share of boards on which a comparison's own 95% interval holds 0, shape (pipelines, comparisons)."""
    half = _own_factor(gains.shape[-1]) * gains.std(axis=-1, ddof=1)
    return np.asarray((np.abs(gains.mean(axis=-1)) <= half).mean(axis=0))


def half_width(gains: Floats, *, primary: bool) -> Floats:
    """Half of the interval that a verdict rests on, over the last axis: the rule's, for many rows at once."""
    return np.asarray(_factor(gains.shape[-1], primary) * gains.std(axis=-1, ddof=1))


@functools.cache
def _factor(seeds: int, primary: bool) -> float:
    """Half of a verdict's interval for gains with an SD of 1, as the rule itself gives it."""
    interval = board_interval(_of_spread_one(seeds), PIPELINES, primary=primary)
    return float(interval.high) - interval.mean


@functools.cache
def _own_factor(seeds: int) -> float:
    interval = t_interval(_of_spread_one(seeds))
    return float(interval.high) - interval.mean


def _of_spread_one(seeds: int) -> list[float]:
    values = np.arange(seeds, dtype=np.float64)
    return (values / values.std(ddof=1)).tolist()


def normal(rng: Rng, shape: tuple[int, ...]) -> Floats:
    """Normal losses."""
    return rng.normal(size=shape)


def heavy(rng: Rng, shape: tuple[int, ...]) -> Floats:
    """Student's t with 3 degrees of freedom, of variance 1."""
    return np.asarray(rng.standard_t(3, size=shape) / np.sqrt(3.0))


def skewed(skewness: float) -> Draw:
    """Losses of a gamma distribution, of variance 1; the exponential one has a skewness of 2."""
    shape_of = 4.0 / skewness**2

    def draw(rng: Rng, shape: tuple[int, ...]) -> Floats:
        return np.asarray((rng.gamma(shape_of, size=shape) - shape_of) / np.sqrt(shape_of))

    return draw


def leaping(rng: Rng, shape: tuple[int, ...]) -> Floats:
    """Normal losses, one in ten of which leaps to the nadir, five SDs away."""
    return np.asarray(rng.normal(size=shape) + 5.0 * ((rng.random(shape) < LEAP) - LEAP))


def two_valued(rng: Rng, shape: tuple[int, ...]) -> Floats:
    """Losses of two values, of which one in ten is the higher, with 1% of noise."""
    return np.asarray((rng.random(shape) < LEAP) - LEAP + rng.normal(0.0, 0.01, size=shape))


def through_curves(leap: float) -> Draw:
    """Matched losses of curves that are drawn rate by rate and capped at the nadir, read at frozen levels.

    Args:
        leap: Share of runs, at each rate, that forget everything.
    """

    def draw(rng: Rng, shape: tuple[int, ...]) -> Floats:
        pool = curve_losses(np.random.default_rng(0), leap)
        return np.asarray(rng.choice(pool, size=shape) - pool.mean())

    return draw


@functools.cache
def _levels() -> Levels:
    return frozen_levels(mean_curve([CURVE.tolist()], NADIR), IMMEDIATE, NADIR)


def curve_losses(rng: Rng, leap: float, count: int = 5000) -> Floats:
    """Matched losses of ``count`` seeds, whose curves share a shift and have noise of their own at every rate."""
    curves = np.broadcast_to(CURVE, (count, *CURVE.shape)).copy()
    curves += rng.normal(0.0, 0.15, size=(count, 1, 2)) + rng.normal(0.0, 0.08, size=curves.shape)
    curves[..., 1][rng.random(curves.shape[:2]) < leap] = NADIR
    return np.array([matched_loss(curve, _levels(), NADIR).nats for curve in curves.tolist()])


CASES: Sequence[Case] = (
    Case("normal", normal),
    Case("normal, pipelines share checkpoints (correlation .98)", normal, shared=0.98),
    Case("heavy tails", heavy),
    Case("heavy tails, pipelines share checkpoints (.98)", heavy, shared=0.98),
    Case("exponential", skewed(2.0)),
    Case("exponential, pipelines share checkpoints (.98)", skewed(2.0), shared=0.98),
    Case("one run in ten leaps to the nadir", leaping),
    Case("drawn curves", through_curves(0.0)),
    Case("drawn curves, one rate in ten leaps to the nadir", through_curves(LEAP)),
    Case("normal, steady reference", normal, reference=False),
    Case("drawn curves with leaps, steady reference", through_curves(LEAP), reference=False),
    Case("skewness .5, steady reference", skewed(0.5), reference=False),
    Case("skewness 1, steady reference", skewed(1.0), reference=False),
    Case("exponential, steady reference", skewed(2.0), reference=False),
    Case("one run in ten leaps to the nadir, steady reference", leaping, reference=False),
    Case("two values, one run in ten, steady reference", two_valued, reference=False),
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.boards, arguments.seed)
