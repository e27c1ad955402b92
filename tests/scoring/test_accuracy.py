import math
from dataclasses import replace

import numpy as np
import pytest

from earlyexp_bench.scoring import CURVE, Answers, score_board
from earlyexp_bench.scoring.accuracy import accuracy_of, clustered_mean

TASK = "retained/target/choice"


def answers(*rows, chance=0.25, documents="d"):
    return [Answers(tuple(bool(c) for c in row), chance, documents) for row in rows]


def test_the_difference_by_hand():
    # Differences by seed: (1, 0, 0, -1), (1, 1, 0, 0). Documents' means: 1, .5, 0, -.5; mean .25, variance .41667.
    ours, theirs = answers((1, 1, 0, 0), (1, 1, 1, 0)), answers((0, 1, 0, 1), (0, 0, 1, 0))
    score = accuracy_of(TASK, ours, theirs)
    assert (score.chance, score.seeds) == (0.25, 2)
    assert score.accuracy.mean == pytest.approx(5 / 8)
    assert (score.difference.mean, score.difference.n) == (pytest.approx(0.25), 4)
    half = 3.182446 * math.sqrt(0.416667 / 4)  # t(3) at .975
    assert score.difference.high - score.difference.mean == pytest.approx(half, rel=1e-5)


def test_seeds_that_repeat_each_other_are_not_more_documents():
    once, thrice = answers((1, 0, 1, 1, 0)), answers(*[(1, 0, 1, 1, 0)] * 3)
    assert accuracy_of(TASK, thrice).accuracy == accuracy_of(TASK, once).accuracy


def test_pairing_removes_what_documents_share():
    rng = np.random.default_rng(0)
    easy = rng.random(400)
    ours, theirs = ((rng.random((5, 400)) < np.clip(easy + shift, 0, 1)) for shift in (0.05, 0.0))
    paired = clustered_mean(ours.astype(float) - theirs)
    apart = [clustered_mean(side.astype(float)) for side in (ours, theirs)]
    assert paired.high - paired.low < 0.8 * math.hypot(*(one.high - one.low for one in apart))


@pytest.mark.parametrize("documents", [60, 300])
def test_the_interval_covers_the_mean_over_documents_like_these(documents):
    """Each document has its own chance to be answered by either recipe; three models answer it."""
    rng, covered, draws = np.random.default_rng(documents), 0, 1500
    for _ in range(draws):
        difficulty = rng.beta(1.5, 1.5, documents)
        ours = rng.random((3, documents)) < difficulty**0.8  # E[d^.8 − d] over documents is the truth
        theirs = rng.random((3, documents)) < difficulty
        estimate = clustered_mean(ours.astype(float) - theirs)
        covered += estimate.low <= truth() <= estimate.high
    assert 0.93 < covered / draws < 0.97


def truth():
    grid = (np.arange(20000) + 0.5) / 20000
    weight = np.sqrt(grid * (1 - grid))  # Beta(1.5, 1.5)
    return float(np.sum(weight * (grid**0.8 - grid)) / np.sum(weight))


@pytest.mark.parametrize("theirs", [answers((1, 0), documents="other"), answers((1, 0, 1)), []])
def test_other_documents_are_not_paired(theirs):
    score = accuracy_of(TASK, answers((1, 1)), theirs)
    assert score.accuracy.mean == 1.0
    assert score.difference is None and "same documents" in score.reason


def test_documents_that_nobody_identified_are_not_pooled():
    score = accuracy_of(TASK, answers((1, 1), (0, 1), documents=""))
    assert score.accuracy is None and "the seeds did not answer" in score.reason


def test_a_board_reads_answers_at_the_middle_of_the_sweep(terms, front):
    def answering(cell):
        right = cell.sweep[CURVE] == 2e-4
        row = (right, right and cell.recipe == "early", False)
        return replace(cell, answers={TASK: answers(row)[0]})

    cells = [answering(c) for seed in range(3) for c in front("baseline", seed) + front("early", seed, 0.1)]
    board = score_board(terms(), cells)
    (baseline,), (early,) = (board.score(recipe, "p").whole.accuracies for recipe in ("baseline", "early"))
    assert (baseline.accuracy.mean, baseline.difference, baseline.reason) == (pytest.approx(1 / 3), None, "")
    assert (early.accuracy.mean, early.difference.mean) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    silent = [replace(c, answers={}) if (c.recipe, c.seed) == ("early", 1) else c for c in cells]
    assert score_board(terms(), silent).score("early", "p").whole.accuracies == ()
