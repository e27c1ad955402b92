"""How often a claim gets a verdict that is false, on synthetic studies at the border of each claim.

Every case is a truth for which the named verdicts are false; losses are shared seed effects plus noise, normal or
heavy-tailed (Student's t with 3 degrees of freedom).

    python benchmarks/stats/claims.py [--studies 4000] [--seed 0]
"""

import argparse
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from earlyexp_bench.scoring.claims import ClaimVerdict, Evidence, Floats, decide
from earlyexp_claims._addition import addition
from earlyexp_claims._dominance import dominance
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import interior_is_best
from earlyexp_claims._levels import one_curve_each
from earlyexp_claims._retained import retained_falls

Draw = Callable[[tuple[int, ...]], Floats]
FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
FRONT = np.array([(5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8)])
NADIR = (6.5, 6.5)
NOISE = 0.05  # nats
ANY = ("supported", "contradicted")
HOLDS = ClaimVerdict("supported", None, 0.0, 1.0, "")


@dataclass(frozen=True)
class Case:
    """A truth, and the verdicts that are false under it; ``study`` draws the evidence of one pipeline."""

    name: str
    study: Callable[[Draw, int], Evidence]
    false: Collection[str] = ANY
    pipelines: int = 1


def main(studies: int, seed: int) -> None:
    """Print the rate of false verdicts of every case."""
    print(f"{'truth':<52}{'noise':<8}{'seeds':>6}{'false verdicts':>18}")
    for case in CASES:
        for noise in ("normal", "heavy"):
            for seeds in (5, 10):
                rate = false_rate(case, noise, seeds, studies, seed)
                error = 2 * np.sqrt(rate * (1 - rate) / studies)
                print(f"{case.name:<52}{noise:<8}{seeds:>6}{100 * rate:>10.2f} ± {100 * error:.2f}%")


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


def _dominance(gap: ArrayLike, *, by_point: bool) -> Callable[[Draw, int], Evidence]:
    """Fronts ``gap`` apart at each point, with noise of each point, or of each front as a whole."""

    def study(draw: Draw, seeds: int) -> Evidence:
        sides = np.stack([np.broadcast_to(FRONT, (seeds, *FRONT.shape))] * 2).copy()
        sides[..., 1] += draw((2, seeds, len(FRONT) if by_point else 1))
        sides[1, ..., 1] -= gap
        reference, exposed = (one_curve_each(side, NADIR) for side in sides)
        return dominance(reference, exposed)

    return study


def _addition(draw: Draw, seeds: int) -> Evidence:
    scores = _losses(draw, seeds, (0.0, 0.0))
    return addition(scores[:, 1].tolist(), scores[:, 0].tolist())


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
    Case("R4 equal fronts, noise of whole fronts", _dominance(0.0, by_point=False)),
    Case("R4 equal fronts, noise of points", _dominance(0.0, by_point=True)),
    Case("R4 better, but equal in one part of the range", _dominance((0, 0, 1, 1), by_point=True)),
    Case("R5, R6 equal scores", _addition),
    Case("R5, R6 equal scores in each of four pipelines", _addition, pipelines=4),
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.studies, arguments.seed)
