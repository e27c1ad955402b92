"""Synthetic studies: every claim comes out each of the three ways, and seldom falsely."""

import numpy as np
import pytest

from earlyexp_bench.scoring.claims import ClaimVerdict, decide
from earlyexp_claims._addition import retains_more
from earlyexp_claims._dominance import dominance
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import detectable_depth, interior_is_best
from earlyexp_claims._retained import retained_falls

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
AT_LEVELS = (3.0, 3.4, 4.0)  # retained losses
SUPPORTED = ClaimVerdict("supported", None, 0.01, 1.0, "")
UNDECIDED = ClaimVerdict("undecided", None, 1.0, 1.0, "")


def curves(means, noise=0.02, seeds=5, seed=0):
    """Losses (seeds, λ) around the means, with a large seed effect that all λ share."""
    rng = np.random.default_rng(seed)
    return 3.0 + np.asarray(means) + rng.normal(0, 1, (seeds, 1)) + rng.normal(0, noise, (seeds, len(means)))


def at_levels(gain=0.0, noise=0.02, seeds=5, seed=0):
    """Retained losses (seeds, levels) of a recipe that retains more by ``gain``, one number or one a level."""
    rng = np.random.default_rng(seed)
    return np.asarray(AT_LEVELS) - gain + rng.normal(0, noise, (seeds, 3))


def word(evidence):
    return decide({"p": evidence})["p"].word


FALLING = (0.4, 0.3, 0.2, 0.1, 0.0)
FLAT = (0.0,) * 5


@pytest.mark.parametrize(
    ("means", "expected"),
    [(FALLING, "supported"), (FALLING[::-1], "contradicted"), (FLAT, "undecided")],
)
def test_r2_retained_loss_falls_with_exposure(means, expected):
    assert word(retained_falls(curves(means), FRACTIONS)) == expected


def test_r2_estimates_the_slope():
    estimate = retained_falls(curves(FALLING, noise=1e-4), FRACTIONS).estimate
    assert estimate.mean == pytest.approx(0.4, abs=1e-3)
    assert estimate.low < 0.4 < estimate.high


@pytest.mark.parametrize(
    ("end", "expected"),
    # A quarter of the fall of .4 is .1.
    [(0.0, "supported"), (0.05, "supported"), (0.3, "contradicted"), (-0.3, "contradicted"), (0.1, "undecided")],
)
def test_r1_immediate_loss_hardly_moves(end, expected):
    immediate = curves(np.linspace(0, end, 5), seed=1)
    assert word(immediate_stays(immediate, curves(FALLING), FRACTIONS, falls=SUPPORTED)) == expected


def test_r1_is_not_asked_where_r2_does_not_hold():
    studies = curves(FLAT, seed=1), curves(FALLING), FRACTIONS
    without = decide({"p": immediate_stays(*studies, falls=UNDECIDED)})["p"]
    assert (without.word, without.reason) == ("undecided", "asked only where R2 is supported, and R2 is undecided")
    assert without.estimate is not None


def test_r1_is_not_asked_where_the_ends_do_not_differ_the_way_the_slope_does():
    humped = (0.0, 0.4, 0.0, -0.4, 0.02)  # falls by its slope, and ends where it began
    outcome = decide({"p": immediate_stays(curves(FLAT, seed=1), curves(humped), FRACTIONS, falls=SUPPORTED)})["p"]
    assert (outcome.word, "lower at the highest λ" in outcome.reason) == ("undecided", True)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((0.3, 0.1, 0.0, 0.1, 0.3), "supported"),
        ((0.3, 0.2, 0.0, 0.0, 0.2), "supported"),  # two equally good: one is enough
        (FALLING, "contradicted"),
        (FALLING[::-1], "contradicted"),
        ((0.0, 0.3, 0.3, 0.3, 0.0), "contradicted"),
        (FLAT, "undecided"),
        ((0.3, 0.1, 0.0, 0.0, 0.0), "undecided"),  # better than one end is not interior
    ],
)
def test_r3_best_fraction_is_interior(means, expected):
    assert word(interior_is_best(curves(means), FRACTIONS)) == expected


def test_r3_names_the_fraction_and_the_end_that_it_beats_least():
    outcome = decide({"p": interior_is_best(curves((0.3, 0.1, 0.0, 0.1, 0.5)), FRACTIONS)})["p"]
    assert outcome.reason.startswith("λ = 0.5 against λ = 0;")
    assert outcome.estimate.mean == pytest.approx(0.3, abs=0.05)


def test_r3_reports_every_interior_fraction_against_either_end():
    parts = interior_is_best(curves((0.3, 0.1, 0.0, 0.1, 0.5)), FRACTIONS).parts
    assert len(parts) == 6
    assert parts["λ = 0.25 against λ = 1"].mean == pytest.approx(0.4, abs=0.05)


def test_r3_has_no_verdict_where_only_a_deep_u_would_be_found():
    wide = interior_is_best(curves((3.0, 0.5, 0.0, 0.5, 3.0), noise=0.2), FRACTIONS)
    assert (word(wide), wide.p_supported < 0.001) == ("undecided", True)
    assert "a verdict needs 0.1 or less" in wide.exclusion


def test_the_u_that_is_said_to_be_found_is_found_in_four_of_five_studies():
    depth, studies = 0.1, 1500
    rng = np.random.default_rng(0)
    drawn = rng.normal(0, 0.05, (studies, 10, 5))
    deep = np.median([detectable_depth(_margins_of(losses)) for losses in drawn[:200]])
    found = [interior_is_best(losses - [0, 0, deep, 0, 0], FRACTIONS).p_supported < 0.05 for losses in drawn]
    assert deep < depth
    assert np.mean(found) == pytest.approx(0.82, abs=0.05)


def _margins_of(losses):
    return np.array([[losses[:, end] - losses[:, place] for place in (1, 2, 3)] for end in (0, -1)])


@pytest.mark.parametrize(("gain", "expected"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_r4_exposed_front_dominates(gain, expected):
    assert word(dominance(at_levels(), at_levels(gain, seed=1))) == expected


@pytest.mark.parametrize(
    ("gains", "expected"),
    [((0.3, 0.3, 0.0), "undecided"), ((0.3, 0.0, 0.3), "undecided"), ((0.3, 0.3, -0.3), "contradicted")],
)
def test_r4_asks_for_a_gain_at_every_level_and_not_on_average(gains, expected):
    assert word(dominance(at_levels(), at_levels(np.array(gains), seed=1))) == expected


def test_r4_shows_the_level_that_decides_not_the_smallest_gain():
    """The gain is small and sure at the first level, large and unsure at the last."""
    unsure = np.array((-1.2, 0.9, -0.3, 0.8, -0.2))
    steps = np.linspace(-0.01, 0.01, 5)
    gains = np.column_stack([0.1 + steps, 0.1 - steps, 0.5 + unsure])
    outcome = decide({"p": dominance(np.zeros((5, 3)), -gains)})["p"]
    assert outcome.word == "undecided"
    assert outcome.estimate.low < 0 < 0.2 < outcome.estimate.mean
    assert outcome.reason.startswith("least sure at level 3 of 3")
    assert [part.mean for part in outcome.parts.values()] == pytest.approx([0.1, 0.1, 0.5])


def test_r4_a_level_without_spread_decides_nothing():
    equal = at_levels(0.3, seed=1)
    equal[:, 2] = AT_LEVELS[2]
    reference = at_levels()
    reference[:, 2] = AT_LEVELS[2]
    assert word(dominance(reference, equal)) == "undecided"


@pytest.mark.parametrize(("gain", "expected"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_r0_r5_and_r6_a_recipe_retains_more(gain, expected):
    losses = curves((gain, 0.0))
    evidence = retains_more(losses[:, 1], losses[:, 0])
    assert word(evidence) == expected
    assert evidence.estimate.mean == pytest.approx(gain, abs=0.03)


@pytest.mark.parametrize("gain", [1, -1])
def test_each_direction_of_a_pair_is_one_sided_at_two_and_a_half_per_cent(gain):
    t = 2.776445  # of 4 degrees of freedom, 97.5%
    unit = np.array((-2.0, -1.0, 0.0, 1.0, 2.0)) / np.sqrt(2.5) * np.sqrt(5)  # a standard error of 1
    for by, verdict in ((0.999, "undecided"), (1.001, "supported" if gain > 0 else "contradicted")):
        assert word(retains_more(np.zeros(5), unit + gain * by * t)) == verdict


@pytest.mark.parametrize("seeds", [1, 2, 4])
def test_below_five_seeds_every_claim_is_undecided(seeds):
    outcome = decide({"p": retained_falls(curves(FALLING, noise=1e-6, seeds=seeds), FRACTIONS)})["p"]
    assert (outcome.word, outcome.reason) == ("undecided", f"{seeds} of at least 5 seeds")
    assert (outcome.estimate.low is None) == (seeds == 1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: retained_falls([[3.0, np.nan]] * 5, (0.0, 1.0)), "missing or not finite"),
        (lambda: retained_falls([[3.0, 2.0, 1.0]] * 5, (0.0, 1.0)), "one for each λ"),
        (lambda: retained_falls([[3.0, 2.0]] * 5, (1.0, 0.0)), "rising"),
        (lambda: interior_is_best([[3.0, 2.0]] * 5, (0.0, 1.0)), "at least 3"),
        (lambda: retains_more([1.0] * 5, [1.0] * 4), "paired"),
        (lambda: retains_more([1.0, np.nan], [1.0, 1.0]), "finite"),
        (lambda: dominance(at_levels(seeds=5), at_levels(seeds=4)), "paired"),
        (
            lambda: immediate_stays(curves(FLAT, seeds=4), curves(FLAT), FRACTIONS, falls=SUPPORTED),
            "immediate losses of 4 seeds, retained losses of 5",
        ),
    ],
)
def test_what_cannot_be_tested_is_refused(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
