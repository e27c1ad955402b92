"""Coverage of 95% intervals of a difference in accuracy, when documents are drawn anew and the models stay as they are.

Documents are of unequal difficulty, and the same models, three seeds of two recipes, answer them.

    python benchmarks/stats/accuracy.py [--draws 20000] [--seed 0]
"""

import argparse

import numpy as np

from earlyexp_bench.scoring.accuracy import clustered_mean

GAIN = 0.05  # on every document
SEEDS = 3


def main(draws: int, seed: int) -> None:
    """Print the coverage by the number of documents."""
    rng = np.random.default_rng(seed)
    print(f"coverage of 95% intervals of a difference in accuracy, {SEEDS} seeds, {draws:,} draws")
    for documents in (30, 60, 300):
        print(f"{documents:>5} documents  {np.mean([covers(rng, documents) for _ in range(draws)]):.3f}")


def covers(rng: np.random.Generator, documents: int) -> bool:
    """Whether the paired, clustered interval holds the true difference."""
    chance = rng.beta(2.0, 3.0, size=documents) * 0.9
    theirs, ours = (rng.random((SEEDS, documents)) < chance + gain for gain in (0.0, GAIN))
    estimate = clustered_mean(ours.astype(float) - theirs)
    return estimate.low is not None and estimate.high is not None and estimate.low <= GAIN <= estimate.high


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    main(arguments.draws, arguments.seed)
