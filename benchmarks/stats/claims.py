"""How often a claim gets a verdict that is false, on synthetic studies at the border of each claim, and what R3 finds.

Every case is a truth for which the named verdicts are false; losses are shared seed effects plus noise, normal or
heavy-tailed (Student's t with 3 degrees of freedom), and small enough for R3 to have a verdict at all.

    python benchmarks/stats/claims.py [--studies 1000] [--seed 0]
"""

import argparse
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import ClaimVerdict, Evidence, Floats, decide
from earlyexp_claims._addition import retains_more
from earlyexp_claims._dominance import dominance
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import detectable_depth, interior_is_best
from earlyexp_claims._retained import retained_falls

Draw = Callable[[tuple[int, ...]], Floats]
FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
NOISE = 0.02  # nats
SEEDS = (5, 10, 20)
ANY = ("supported", "contradicted")
HOLDS = ClaimVerdict("supported", None, 0.0, 1.0, "")
U_DEPTH = 0.07  # nats, the paper's


@dataclass(frozen=True)
class Case:
    """A truth, and the verdicts that are false under it; ``study`` draws the evidence of one pipeline."""

    name: str
    study: Callable[[Draw, int], Evidence]
    false: Collection[str] = ANY
    pipelines: int = 1


def main(studies: int, seed: int) -> None:
    """Print the rate of false verdicts of every case, and how often R3 finds a U."""
    print(f"{'truth':<56}{'noise':<8}{'seeds':>6}{'false verdicts':>18}")
    for case in CASES:
        for noise in ("normal", "heavy"):
            for seeds in SEEDS:
                rate = false_rate(case, noise, seeds, studies, seed)
                error = 2 * np.sqrt(rate * (1 - rate) / studies)
                print(f"{case.name:<56}{noise:<8}{seeds:>6}{100 * rate:>10.2f} ± {100 * error:.2f}%")
    print_depth(studies, seed)


def print_depth(studies: int, seed: int) -> None:
    """Print how deep a U must be to be found, and how often R3 finds one of the paper's depth."""
    print(f"\nR3: how deep a U is found with 80% power, and how often one of {U_DEPTH:g} nats is")
    print(f"{'SD of a difference':>18}{'seeds':>6}{'found with 80%':>16}{'tests pass':>12}{'supported':>11}")
    for spread in (0.05, 0.1, 0.2, 0.3):
        for seeds in SEEDS:
            depth, passed, verdict = u_found(spread, seeds, studies, seed)
            print(f"{spread:>18g}{seeds:>6}{depth:>16.2f}{100 * passed:>11.0f}%{100 * verdict:>10.0f}%")


def u_found(spread: float, seeds: int, studies: int, seed: int = 0) -> tuple[float, float, float]:
    """How deep a U must be, how often one of the paper's depth passes both tests, and how often R3 is then supported.

    Args:
        spread: SD over seeds of the difference between two λ, nats.
        seeds: Of a study.
        studies: Drawn.
        seed: Of the draws.
    """
    rng = np.random.default_rng([seed, seeds])
    losses = rng.normal(0.0, spread / np.sqrt(2), (studies, seeds, len(FRACTIONS))) - [0, 0, U_DEPTH, 0, 0]
    found = [interior_is_best(one, FRACTIONS) for one in losses]
    passed = [one.p_supported < 0.05 for one in found]
    depth = detectable_depth(np.full((2, 3, seeds), spread) * _of_spread_one(seeds))
    supported = [one.p_supported < 0.05 and not one.exclusion for one in found]
    return depth, float(np.mean(passed)), float(np.mean(supported))


def _of_spread_one(seeds: int) -> Floats:
    values = np.arange(seeds, dtype=np.float64)
    return values / values.std(ddof=1)


def false_rate(case: Case, noise: str, seeds: int, studies: int, seed: int = 0) -> float:
    """Share of studies in which some pipeline gets a false verdict."""
    rng = np.random.default_rng([seed, seeds])

    def draw(shape: tuple[int, ...]) -> Floats:
        values = rng.normal(size=shape) if noise == "normal" else rng.standard_t(3, size=shape) / np.sqrt(3.0)
        return np.asarray(NOISE * values)

    false = 0
    for _ in range(studies):
        outcomes = decide({str(i): case.study(draw, seeds) for i in range(case.pipelines)})
        false += any(outcome.word in case.false for outcome in outcomes.values())
    return false / studies


def _losses(draw: Draw, seeds: int, means: ArrayLike) -> Floats:
    truth = np.asarray(means, dtype=np.float64)
    return 3.0 + truth + 10 * draw((seeds, 1)) + draw((seeds, len(truth)))


def _retained(means: ArrayLike) -> Callable[[Draw, int], Evidence]:
    return lambda draw, seeds: retained_falls(_losses(draw, seeds, means), FRACTIONS)


def _immediate(change: float) -> Callable[[Draw, int], Evidence]:
    """A fall of .8 nats in retained loss, so a margin of .2."""
    fall = np.linspace(0.8, 0.0, 5)
    moved = np.linspace(0.0, change, 5)

    def study(draw: Draw, seeds: int) -> Evidence:
        losses = _losses(draw, seeds, moved), _losses(draw, seeds, fall)
        return immediate_stays(*losses, FRACTIONS, falls=HOLDS)

    return study


def _interior(means: ArrayLike) -> Callable[[Draw, int], Evidence]:
    return lambda draw, seeds: interior_is_best(_losses(draw, seeds, means), FRACTIONS)


def _dominance(gains: ArrayLike, *, by_level: bool) -> Callable[[Draw, int], Evidence]:
    """Losses at three levels, with noise of each level, or of each curve as a whole."""

    def study(draw: Draw, seeds: int) -> Evidence:
        theirs, ours = (3.0 + draw((seeds, 3 if by_level else 1)) * np.ones(3) for _ in range(2))
        return dominance(theirs, ours - np.asarray(gains))

    return study


def _pair(draw: Draw, seeds: int) -> Evidence:
    losses = _losses(draw, seeds, (0.0, 0.0))
    return retains_more(losses[:, 1], losses[:, 0])


CASES = (
    Case("R1 change equal to the margin: not within", _immediate(0.2), ("supported",)),
    Case("R1 change equal to the margin: not beyond", _immediate(0.2), ("contradicted",)),
    Case("R1 change equal to minus the margin: not beyond", _immediate(-0.2), ("contradicted",)),
    Case("R2 flat", _retained((0, 0, 0, 0, 0))),
    Case("R2 flat in each of four pipelines", _retained((0, 0, 0, 0, 0)), pipelines=4),
    Case("R3 flat", _interior((0, 0, 0, 0, 0))),
    Case("R3 falls to a plateau with the upper end", _interior((9, 0, 0, 0, 0))),
    Case("R3 one interior λ equal to the upper end", _interior((9, 9, 9, 0, 0))),
    Case("R3 flat in each of four pipelines", _interior((0, 0, 0, 0, 0)), pipelines=4),
    Case("R4 no gain, noise of whole curves: not supported", _dominance(0.0, by_level=False), ("supported",)),
    Case("R4 no gain, noise of each level: not contradicted", _dominance(0.0, by_level=True), ("contradicted",)),
    Case("R4 a gain at two levels of three: not supported", _dominance((1, 1, 0), by_level=True), ("supported",)),
    Case("R4 a gain at two levels of three: not contradicted", _dominance((1, 1, 0), by_level=True), ("contradicted",)),
    Case("R0, R5, R6 no gain", _pair),
    Case("R0, R5, R6 no gain in each of four pipelines", _pair, pipelines=4),
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.studies, arguments.seed)
