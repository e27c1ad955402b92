"""Synthetic studies: every claim comes out each of the three ways, and seldom falsely."""

import numpy as np
import pytest

from earlyexp_bench.scoring.claims import ClaimVerdict, FrontCurve, NoEvidence, decide
from earlyexp_claims._addition import addition
from earlyexp_claims._dominance import dominance
from earlyexp_claims._immediate import immediate_stays
from earlyexp_claims._interior import interior_is_best
from earlyexp_claims._levels import matched_retained, one_curve_each
from earlyexp_claims._retained import retained_falls

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
NADIR = (6.0, 6.0)
FRONT = np.array([(5.8, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8)])
SUPPORTED = ClaimVerdict("supported", None, 0.01, 1.0, "")
UNDECIDED = ClaimVerdict("undecided", None, 1.0, 1.0, "")


def curves(means, noise=0.02, seeds=5, seed=0):
    """Losses (seeds, λ) around the means, with a large seed effect that all λ share."""
    rng = np.random.default_rng(seed)
    return 3.0 + np.asarray(means) + rng.normal(0, 1, (seeds, 1)) + rng.normal(0, noise, (seeds, len(means)))


def fronts(shift=0.0, noise=0.02, seeds=5, seed=0):
    rng = np.random.default_rng(seed)
    drift = np.zeros((seeds, *FRONT.shape))
    drift[:, :, 1] = shift + rng.normal(0, noise, (seeds, 1))
    return side(FRONT + drift)


def side(points):
    return one_curve_each(points, NADIR)


def moved(fronts, shift):
    return side([curve.test + np.asarray(shift) for (curve,) in fronts.values()])


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


def test_r1_is_not_asked_where_r2_does_not_hold_or_stage_two_did_not_converge():
    studies = curves(FLAT, seed=1), curves(FALLING), FRACTIONS
    without = decide({"p": immediate_stays(*studies, falls=UNDECIDED)})["p"]
    assert (without.word, without.reason) == ("undecided", "asked only where R2 is supported, and R2 is undecided")
    short = decide({"p": immediate_stays(*studies, falls=SUPPORTED, unconverged=3)})["p"]
    assert short.word == "undecided"
    assert "ended before it converged in 3 cells" in short.reason
    assert short.estimate is not None


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
    assert outcome.reason.startswith("λ = 0.5 against λ = 0:")
    assert outcome.estimate.mean == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(("shift", "expected"), [(-0.3, "supported"), (0.3, "contradicted"), (0.0, "undecided")])
def test_r4_exposed_front_dominates(shift, expected):
    assert word(dominance(fronts(), fronts(shift, seed=1))) == expected


def test_r4_a_front_that_crosses_does_not_dominate():
    crossing = moved(fronts(seed=1), [(0, -0.3), (0, -0.3), (0, 0.0), (0, 0.6)])
    outcome = decide({"p": dominance(fronts(), crossing)})["p"]
    assert outcome.word == "contradicted"
    assert outcome.estimate.high < 0


def test_r4_shows_the_level_that_decides_not_the_smallest_gap():
    """The gap is small and sure where little is learned, large and unsure where much is."""
    wild = np.zeros((5, *FRONT.shape))
    wild[:, :2, 1] = -0.1 + np.linspace(-0.01, 0.01, 5)[:, None]
    wild[:, 2:, 1] = -0.5 + np.array((-1.2, 0.9, -0.3, 0.8, -0.2))[:, None]
    outcome = decide({"p": dominance(side([FRONT] * 5), side(FRONT + wild))})["p"]
    assert outcome.word == "undecided"
    assert outcome.estimate.low < 0 < 0.2 < outcome.estimate.mean


def test_r4_a_front_over_several_settings_takes_the_one_that_validation_has_lowest_at_each_level():
    low, high = np.array((0.0, 0.4)), np.array((0.0, 0.9))
    left = FRONT - low + np.outer((2, 1.5, 0, 0), low)  # good where little is learned, worse elsewhere, and its reverse
    right = FRONT - low + np.outer((0, 0, 1.5, 2), low)
    both = {seed: [FrontCurve(left, left), FrontCurve(right, right)] for seed in range(5)}
    assert word(dominance(fronts(), both)) == "supported"
    assert word(dominance(fronts(), side([left] * 5))) == word(dominance(fronts(), side([right] * 5))) == "contradicted"
    lucky = {seed: [FrontCurve(FRONT - high, FRONT + high), FrontCurve(FRONT, FRONT)] for seed in range(5)}
    assert word(dominance(fronts(), lucky)) == "undecided"  # good on test, chosen by nobody


def test_r4_without_a_common_range_has_no_evidence_and_says_so():
    with pytest.raises(NoEvidence, match="covers 7% of the reference's: 50% are needed"):
        dominance(fronts(), moved(fronts(), (-1.3, 0.0)))
    beyond = fronts() | {3: side([FRONT + np.array((0.0, 3.0))])[0]}
    with pytest.raises(NoEvidence, match="the exposed recipe, seed 3, has no curve with two points better than the"):
        dominance(fronts(), beyond)


@pytest.mark.parametrize("lost", [(np.inf, np.inf), (4.8, 9.0)], ids=["diverged", "beyond the nadir"])
def test_r4_nothing_is_joined_across_a_rate_that_left_the_front(lost):
    torn = fronts(-0.3, seed=1)
    torn[2] = side([np.insert(torn[2][0].test, 2, lost, axis=0)])[0]
    with pytest.raises(NoEvidence, match=r"seed 2, has no two adjacent rates around 4\.68, within the range that all"):
        dominance(fronts(), torn)


@pytest.mark.parametrize(("effect", "expected"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_r5_and_r6_an_addition_helps(effect, expected):
    scores = curves((0.0, effect))
    assert word(addition(scores[:, 1].tolist(), scores[:, 0].tolist())) == expected


def test_matched_retained_compares_at_one_downstream_loss_for_all():
    # The second recipe has learned more at every rate; its curve is the same one, moved left along itself.
    straight = np.column_stack([np.linspace(5.8, 4.4, 5), np.linspace(3.0, 4.4, 5)])
    ours = side([straight, straight])
    np.testing.assert_allclose(matched_retained({"a": ours, "b": moved(ours, (-0.2, 0.2))}), 3.8)
    with pytest.raises(NoEvidence, match="covers"):
        matched_retained({"a": ours, "b": moved(ours, (-1.3, 0.0))})


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
        (lambda: addition([1.0] * 5, [1.0] * 4), "paired"),
        (lambda: addition([1.0, np.nan], [1.0, 1.0]), "finite"),
        (lambda: dominance(fronts(seeds=5), fronts(seeds=4)), "paired"),
        (
            lambda: immediate_stays(curves(FLAT, seeds=4), curves(FLAT), FRACTIONS, falls=SUPPORTED),
            "immediate losses of 4 seeds, retained losses of 5",
        ),
    ],
)
def test_what_cannot_be_tested_is_refused(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
