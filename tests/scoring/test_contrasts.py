import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from earlyexp_bench.scoring.contrasts import judge_contrasts
from earlyexp_bench.scoring.holm import holm
from earlyexp_bench.scoring.power import detectable_difference, detectable_effect, power

BASE = np.array([-1.2, -0.4, 0.1, 0.5, 1.0])  # mean 0
p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def row(effect: float, seeds: int = 5) -> list[float]:
    """Differences whose mean is ``effect`` standard deviations."""
    values = BASE[:seeds] - BASE[:seeds].mean()
    return (values / values.std(ddof=1) + effect).tolist()


def words(differences, primary="early", **options):
    return {name: contrast.word for name, contrast in judge_contrasts(differences, primary, **options).items()}


def test_holm_by_hand():
    # Holm 1979: the smallest times 4, the next times 3, ... never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(p_lists, st.integers(0, 8))
def test_holm_lies_between_the_p_value_and_bonferronis_over_the_family(p_values, further):
    family = len(p_values) + further
    for p, adjusted in zip(p_values, holm(p_values, family), strict=True):
        assert p <= adjusted <= min(1.0, p * family * (1 + 1e-12))


def test_more_tests_than_the_family_holds_are_refused():
    with pytest.raises(ValueError, match="9 tests in a family of 8"):
        holm([0.1] * 9, 8)


def test_a_strong_primary_opens_the_gate_for_the_others():
    assert words({"early": row(4), "good": row(6), "bad": row(-6), "flat": row(0)}) == {
        "early": "better",
        "good": "better",
        "bad": "worse",
        "flat": "undecided",
    }


def test_an_undecided_primary_keeps_every_other_row_undecided_and_says_so():
    contrasts = judge_contrasts({"early": row(0.5), "good": row(50)}, "early")
    assert contrasts["good"].word == "undecided"
    assert "primary contrast is undecided" in contrasts["good"].reason


def test_a_row_that_would_pass_alone_must_pass_for_the_family():
    contrast = judge_contrasts({"early": row(4), "other": row(1.8)}, "early")["other"]
    assert contrast.p_value < 0.05 <= contrast.adjusted
    assert contrast.marginal.low > 0 > contrast.simultaneous.low


def test_pipelines_share_the_boards_five_percent():
    rows = {"early": row(1.4), "other": row(4)}
    alone, beside = judge_contrasts(rows, "early"), judge_contrasts(rows, "early", pipelines=2)
    assert [contrasts["early"].word for contrasts in (alone, beside)] == ["better", "undecided"]
    assert beside["early"].adjusted == pytest.approx(2 * alone["early"].p_value)
    assert (beside["other"].word, beside["other"].reason) == (
        "undecided",
        "not tested: the primary contrast is undecided",
    )
    assert beside["early"].marginal == alone["early"].marginal
    assert beside["early"].simultaneous.low < alone["early"].simultaneous.low
    assert beside["early"].detectable > alone["early"].detectable
    with pytest.raises(ValueError, match="at least one pipeline, not 0"):
        judge_contrasts(rows, "early", pipelines=0)


effects = st.floats(-6, 6)


@settings(deadline=None)
@given(st.lists(effects, max_size=4), st.lists(effects, min_size=1, max_size=5))
def test_a_new_row_never_changes_an_old_verdict(own, arriving):
    board = {"early": row(4)} | {f"own{i}": row(effect) for i, effect in enumerate(own)}
    before = words(board)
    added: list[str] = []
    for i, effect in enumerate(arriving):
        added.append(f"new{i}")
        board |= {added[-1]: row(effect)}
        after = words(board, added=added)
        assert {name: after[name] for name in before} == before
        before = after


def test_a_row_beyond_the_family_has_intervals_and_no_verdict():
    board = {f"own{i}": row(6) for i in range(7)} | {"first": row(9), "second": row(9)}
    contrasts = judge_contrasts(board, "own0", added=["first", "second"])
    assert contrasts["first"].word == "better"
    assert contrasts["second"].word == "none"
    assert contrasts["second"].marginal.low > 0
    assert contrasts["second"].simultaneous is contrasts["second"].detectable is None
    assert "full" in contrasts["second"].reason


def test_an_unfinished_row_keeps_its_place_in_the_family():
    rows = {"early": row(4), "missing": [], "strong": row(6), "weak": row(2)}
    contrasts = judge_contrasts(rows, "early")
    assert contrasts["missing"].word == "none"
    assert contrasts["weak"].adjusted == pytest.approx(contrasts["weak"].p_value * 7 * 2 / 3)
    del rows["missing"]
    without = judge_contrasts(rows, "early")["weak"]
    assert without.adjusted == pytest.approx(without.p_value * 7 * 1 / 2)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", ["early", "other"])
def test_what_is_not_a_number_gets_no_verdict_but_an_error(wrong, place):
    rows = {"early": [1.0, 2.0, 3.0, 4.0, 5.0], "other": [1.0, 1.1, 1.2, 0.9, 1.0]}
    rows[place][1] = wrong
    with pytest.raises(ValueError, match="finite"):
        judge_contrasts(rows, "early")


def test_the_detectable_difference_is_that_of_the_level_at_which_a_row_is_tested():
    found = judge_contrasts({"early": row(4), "other": row(1)}, "early", pipelines=2)
    assert found["early"].detectable == pytest.approx(detectable_effect(5, 0.05 / 2))
    assert found["other"].detectable == pytest.approx(detectable_effect(5, 0.05 / 2 / 7))


def test_seeds_that_all_say_the_same_give_no_verdict():
    contrast = judge_contrasts({"early": [0.1] * 5}, "early")["early"]
    assert (contrast.word, contrast.detectable) == ("none", None)
    assert contrast.reason == "the difference is the same for every seed: nothing says how far chance moves it"
    assert judge_contrasts({"early": [0.0] * 5}, "early")["early"].word == "undecided"


def test_below_five_seeds_only_the_primary_contrast_has_a_verdict():
    contrasts = judge_contrasts({"early": row(9, 3), "other": row(90, 3)}, "early")
    assert contrasts["early"].word == "better"
    assert contrasts["other"].word == "none"
    assert "3 seeds" in contrasts["other"].reason


def test_one_seed_gives_neither_interval_nor_verdict():
    contrast = judge_contrasts({"early": [0.4]}, "early")["early"]
    assert (contrast.word, contrast.marginal.low, contrast.simultaneous.low) == ("none", None, None)
    assert (contrast.p_value, contrast.detectable) == (None, None)
    assert contrast.reason == "one seed gives no interval"


def test_a_barred_row_shows_its_interval_and_why_it_has_no_verdict():
    contrasts = judge_contrasts({"early": row(9), "other": row(9)}, "early", barred={"early": "sweep-limited"})
    assert (contrasts["early"].word, contrasts["early"].reason) == ("none", "sweep-limited")
    assert contrasts["early"].marginal.low > 0
    assert contrasts["other"].word == "undecided"


@pytest.mark.parametrize(
    ("differences", "options", "message"),
    [
        ({"early": row(1), "other": row(1, 4)}, {}, "unequal seeds: early 5, other 4"),
        ({"other": row(1)}, {}, "'early' is not among the rows other"),
        ({"early": row(1)}, {"family": 7}, "at least 8"),
        ({"early": row(1)}, {"added": ["early"]}, "own rows"),
        ({"early": row(1)} | {f"r{i}": row(1) for i in range(8)}, {}, "hold the 9 of the board"),
    ],
)
def test_statistics_that_would_be_invalid_are_refused(differences, options, message):
    with pytest.raises(ValueError, match=message):
        judge_contrasts(differences, "early", **options)


@pytest.mark.parametrize(("tests", "expected"), [(1, (3.3, 1.7, 1.0)), (7, (8.7, 2.9, 1.4))])
def test_detectable_effects_of_the_protocol(tests, expected):
    found = [round(detectable_effect(n, 0.05 / tests), 1) for n in (3, 5, 10)]
    assert found == list(expected)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_power_is_the_share_of_tests_that_find_the_effect(seeds):
    draws = np.random.default_rng(seeds).normal(1.2, 1.0, (20000, seeds))
    found = np.mean(stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05)
    assert power(1.2, seeds) == pytest.approx(found, abs=0.012)
    assert power(detectable_effect(seeds), seeds) == pytest.approx(0.8, abs=1e-3)


def test_the_detectable_difference_grows_with_the_spread():
    one = detectable_difference(row(0))
    assert one == pytest.approx(1.682, abs=1e-3)
    assert detectable_difference([3 * value for value in row(0)]) == pytest.approx(3 * one)
    assert detectable_difference([0.0] * 5) is detectable_difference([0.3]) is None
