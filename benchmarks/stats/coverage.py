"""Why a row's interval is Student's over its own differences, and how often a board says too much.

Boards of eight recipes, the reference among them, scored on n shared seeds. The score of recipe r on seed s is
quality(r) + seed(s) + class(c(r), s) + residual(r, s): recipes of one exposure class share a pretraining run, whose
effect has twice the residual's standard deviation. Noise is normal, heavy-tailed (Student's t with 3 degrees of
freedom) or skewed (exponential, and only the exposed class has an effect, or the skew would cancel), of equal variance.

    python benchmarks/stats/coverage.py [--boards 10000] [--seed 0]

It prints coverage in the worst row of three 95% intervals (Student's own, variance pooled over rows, percentile
bootstrap); how often boards without any difference, or with a true primary contrast only (on the first of their
pipelines), call a row better or worse or narrow a rank anywhere; coverage of accuracies' intervals over documents, for
documents of unequal difficulty that the same models, three seeds of two recipes, answer; and power.
"""

import argparse
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from earlyexp_bench.scoring.accuracy import clustered_mean
from earlyexp_bench.scoring.contrasts import judge_contrasts, share_of
from earlyexp_bench.scoring.power import detectable_effect, power
from earlyexp_bench.scoring.ranks import RankRange, rank_ranges
from earlyexp_bench.scoring.student import p_greater

Floats = NDArray[np.float64]
RECIPES = ("baseline", "early", "replay", "early+replay", "dropout", "early+dropout", "lora", "early+lora")
EXPOSED = np.array([0, 1, 0, 1, 0, 1, 0, 1])
SEEDS = (3, 5, 10)
SHAPES = ((1, 3), (1, 5), (1, 10), (2, 5), (4, 5))  # pipelines and seeds of a board
CLASS_EFFECT = 2.0  # in standard deviations of the residual
LEVEL = 0.95
NOISES: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Floats]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy": lambda rng, shape: rng.standard_t(3, size=shape) / np.sqrt(3.0),
    "skewed": lambda rng, shape: rng.exponential(size=shape) - 1.0,
}


def main(boards: int, seed: int) -> None:
    """Print the three tables."""
    rng = np.random.default_rng(seed)
    print(f"worst-row coverage of 95% intervals, {boards:,} boards")
    print(f"{'noise':<8}{'seeds':>6}{'Student':>10}{'pooled':>10}{'bootstrap':>11}")
    for noise in NOISES:
        for n in SEEDS:
            differences = draw_differences(rng, boards, n, noise)
            worst = [covered(differences).min() for covered in (student_covers, pooled_covers, bootstrap_covers)]
            print(f"{noise:<8}{n:>6}{worst[0]:>10.3f}{worst[1]:>10.3f}{worst[2]:>11.3f}")
    print(f"\nboards of {len(RECIPES)} recipes with a false finding, ± two standard errors of the simulation")
    print(
        f"{'true differences':<18}{'noise':<8}{'pipelines':>10}{'seeds':>6}{'boards':>9}{'verdicts':>16}{'ranks':>16}"
    )
    for label, effect, count in (("none (A/A)", 0.0, 10 * boards), ("primary alone", 50.0, boards)):
        for noise in NOISES:
            for pipelines, n in SHAPES:
                rates = false_findings(draw_boards(rng, count, pipelines, n, noise), effect)
                shown = "".join(f"{_with_error(rate, count):>16}" for rate in rates)
                print(f"{label:<18}{noise:<8}{pipelines:>10}{n:>6}{count:>9,}{shown}")
    print_accuracy(rng, 2 * boards)
    print_power()


def print_accuracy(rng: np.random.Generator, draws: int) -> None:
    """Print coverage of a difference in accuracy, documents being drawn anew while the models stay as they are."""
    print(f"\ncoverage of 95% intervals of a difference in accuracy, three seeds, {draws:,} draws")
    for documents in (30, 60, 300):
        covered = [accuracy_covers(rng, documents) for _ in range(draws)]
        print(f"{documents:>5} documents  {np.mean(covered):.3f}")


def accuracy_covers(rng: np.random.Generator, documents: int, seeds: int = 3) -> bool:
    """Whether the paired, clustered interval holds the true difference, which is .05 on every document."""
    chance = rng.beta(2.0, 3.0, size=documents) * 0.9
    theirs, ours = (rng.random((seeds, documents)) < chance + gain for gain in (0.0, 0.05))
    estimate = clustered_mean(ours.astype(float) - theirs)
    return estimate.low is not None and estimate.high is not None and estimate.low <= 0.05 <= estimate.high


def _with_error(rate: float, boards: int) -> str:
    return f"{100 * rate:.2f} ± {200 * np.sqrt(rate * (1 - rate) / boards):.2f}%"


def print_power() -> None:
    """Print power by effect, in standard deviations of the paired difference, and the effect found with 80%."""
    print("\npower by effect (SD of the paired difference) on a board of one pipeline:")
    print("primary contrast / one of seven at Holm's first step")
    effects = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
    print(f"{'seeds':>5}" + "".join(f"{effect:>14g}" for effect in effects) + f"{'80% power at':>16}")
    for n in SEEDS:
        cells = "".join(f"{power(d, n):>7.2f} / {power(d, n, 0.05 / 7):.2f}" for d in effects)
        print(f"{n:>5}{cells}{detectable_effect(n):>9.1f} / {detectable_effect(n, 0.05 / 7):.1f}")
    print("80% power of the primary contrast at, by pipelines of the board")
    for n in SEEDS:
        found = ", ".join(f"{p}: {detectable_effect(n, share_of(p)):.1f}" for p in (1, 2, 3, 4))
        print(f"{n:>5} seeds  {found}")


def draw_scores(rng: np.random.Generator, boards: int, seeds: int, noise: str) -> Floats:
    """Scores of equally good recipes, shape (boards, recipes, seeds), in standard deviations of the residual."""
    draw = NOISES[noise]
    shared = rng.normal(size=(boards, 1, seeds)) * 5.0  # cancels in every difference
    by_class = CLASS_EFFECT * draw(rng, (boards, 2, seeds))
    if noise == "skewed":
        by_class[:, 0] = 0.0  # a difference of two skewed effects would be symmetric
    return np.asarray(shared + by_class[:, EXPOSED] + draw(rng, (boards, len(RECIPES), seeds)))


def draw_boards(rng: np.random.Generator, boards: int, pipelines: int, seeds: int, noise: str) -> Floats:
    """The same on independent pipelines, shape (boards, pipelines, recipes, seeds)."""
    return np.stack([draw_scores(rng, boards, seeds, noise) for _ in range(pipelines)], axis=1)


def draw_differences(rng: np.random.Generator, boards: int, seeds: int, noise: str) -> Floats:
    """Differences to the reference, true mean 0, shape (boards, recipes − 1, seeds)."""
    scores = draw_scores(rng, boards, seeds, noise)
    return scores[:, 1:] - scores[:, :1]


def student_covers(differences: Floats) -> Floats:
    """Share of boards on which mean ± t(n−1)·s/√n of the row's own differences holds 0, shape (recipes − 1,)."""
    n = differences.shape[-1]
    half = stdtrit(n - 1, 0.5 + LEVEL / 2) * differences.std(axis=-1, ddof=1) / np.sqrt(n)
    return np.asarray((np.abs(differences.mean(axis=-1)) <= half).mean(axis=0))


def pooled_covers(differences: Floats) -> Floats:
    """The same with one variance for all rows and the degrees of freedom that independent rows would have."""
    rows, n = differences.shape[1:]
    deviation = np.sqrt(differences.var(axis=-1, ddof=1).mean(axis=1, keepdims=True))
    half = stdtrit(rows * (n - 1), 0.5 + LEVEL / 2) * deviation / np.sqrt(n)
    return np.asarray((np.abs(differences.mean(axis=-1)) <= half).mean(axis=0))


def bootstrap_covers(differences: Floats, resamples: int = 999, most: int = 2000) -> Floats:
    """The same for the percentile bootstrap over seeds; at most ``most`` boards, for it is slow."""
    some = differences[:most]
    n = some.shape[-1]
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=resamples).T / n
    ends = [
        np.quantile(some[:, row] @ weights, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2), axis=1) for row in range(some.shape[1])
    ]
    return np.array([((low <= 0) & (high >= 0)).mean() for low, high in ends])


def false_findings(scores: Floats, primary_effect: float) -> tuple[float, float]:
    """Share of boards with a false verdict, and with a rank range that leaves out a place that the row may hold.

    Args:
        scores: Of equally good recipes, shape (boards, pipelines, recipes, seeds).
        primary_effect: Added to the primary recipe's scores on the first pipeline; if not 0, its verdict there is no
            false one.
    """
    moved = scores.copy()
    moved[:, 0, 1] += primary_effect
    found = np.zeros((*moved.shape[:2], 2), dtype=bool)
    for board, pipeline in np.argwhere(_may_open_the_gate(moved)):
        true = bool(primary_effect) and pipeline == 0
        found[board, pipeline] = _false_on(moved[board, pipeline], moved.shape[1], true)
    verdicts, ranks = found.any(axis=1).mean(axis=0)
    return float(verdicts), float(ranks)


def _may_open_the_gate(scores: Floats) -> NDArray[np.bool_]:
    """Where the primary contrast is at all near significance: elsewhere nothing is called, only slowly."""
    differences = scores[:, :, 1] - scores[:, :, 0]
    return np.asarray(2 * np.minimum(p_greater(differences), p_greater(-differences)) < 0.06)


def _false_on(scores: Floats, pipelines: int, primary_is_true: bool) -> tuple[bool, bool]:
    primary = RECIPES[1]
    differences = {name: (row - scores[0]).tolist() for name, row in zip(RECIPES[1:], scores[1:], strict=True)}
    words = {row: contrast.word for row, contrast in judge_contrasts(differences, primary, pipelines=pipelines).items()}
    places = dict(zip(RECIPES, scores.tolist(), strict=True))
    ranges = rank_ranges(places, primary, RECIPES[0], pipelines=pipelines)
    if not primary_is_true:
        return _decided(words.values()), any(place != RankRange(1, len(RECIPES)) for place in ranges.values())
    words.pop(primary)
    best = ranges.pop(primary)
    equal = RankRange(2, len(RECIPES))  # the others share these places
    misplaced = best is None or best.best > 1
    return _decided(words.values()), misplaced or any(not _holds(place, equal) for place in ranges.values())


def _decided(words: Collection[str]) -> bool:
    return not {"better", "worse"}.isdisjoint(words)


def _holds(place: RankRange | None, equal: RankRange) -> bool:
    return place is not None and place.best <= equal.best and place.worst >= equal.worst


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.boards, arguments.seed)
