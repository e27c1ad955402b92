"""Every row of a board against the reference: its word, and why it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earlyexp_bench.scoring import Board, RecipeTerms, score_board

WOBBLE = (-0.02, 0.01, 0.0, 0.02, -0.01)  # a seed's own noise in a row's gain
OTHER = (0.01, -0.02, 0.02, -0.01, 0.0)
SLOW = ((5.9, 2.9), (5.6, 2.95), (5.4, 3.0), (5.1, 3.2))  # reaches the first of three levels
FAST = ((5.2, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8))  # begins below it
Gains = Mapping[str, float | Sequence[float]]


@pytest.fixture
def scored(terms, front):
    """Make rows by their gain in nats over the baseline, five seeds and one pipeline unless told otherwise."""

    def make(
        gains: Gains | Mapping[str, Gains], seeds=range(5), about: Mapping[str, RecipeTerms] | None = None, **more
    ):
        by_pipeline = gains if isinstance(next(iter(gains.values())), Mapping) else {"p": gains}
        names = ["baseline", *dict.fromkeys(name for column in by_pipeline.values() for name in column)]
        recipes = tuple((about or {}).get(name, RecipeTerms(name)) for name in names)
        board_terms = replace(terms(seeds, tuple(by_pipeline)), recipes=recipes, **more)
        cells = []
        for pipeline, column in by_pipeline.items():
            for place, (name, gain) in enumerate({"baseline": 0.0, **column}.items()):
                noise = [(place * (WOBBLE if place % 2 else OTHER)[seed % 5]) / 3 for seed in seeds]
                cells += [
                    c for s, n in zip(seeds, noise, strict=True) for c in front(name, s, gain + n, pipeline=pipeline)
                ]
        return board_terms, cells

    return make


def words(board: Board, pipeline: str = "p") -> dict[str, str]:
    judged = {row.recipe: board.score(row.recipe, pipeline).judgement for row in board.rows}
    return {recipe: judgement.word for recipe, judgement in judged.items() if judgement}


def judgement(board: Board, recipe: str, pipeline: str = "p"):
    return board.score(recipe, pipeline).judgement


def reason(board: Board, recipe: str) -> str:
    return judgement(board, recipe).reason


def moved(front, cells, recipe, points, seeds=range(5)):
    """The cells with one row's curve replaced."""
    return [c for c in cells if c.recipe != recipe] + [
        c for seed in seeds for c in front(recipe, seed, 0.1 + 0.01 * WOBBLE[seed], points=points)
    ]


def test_every_row_has_its_verdict_whatever_the_primary_contrast_came_to(scored):
    board = score_board(*scored({"early": 0.002, "good": 0.9, "bad": -0.15, "flat": 0.001}))
    assert words(board) == {"early": "not told apart", "good": "better", "bad": "worse", "flat": "not told apart"}
    assert judgement(board, "baseline") is None
    assert reason(board, "good") == ""


def test_rows_are_sorted_by_mean_gain_with_the_reference_at_zero(scored):
    terms, cells = scored({"early": 0.2, "good": 0.9, "bad": -0.15, "torn": 5.0})
    board = score_board(terms, [c for c in cells if c.recipe != "torn"])
    assert [row.recipe for row in board.rows] == ["good", "early", "baseline", "bad", "torn"]


def test_the_primary_contrast_has_half_of_the_five_percent(scored):
    board = score_board(*scored({"early": 0.3, "flat": 0.002}))
    early, flat = judgement(board, "early"), judgement(board, "flat")
    for one in (early, flat):
        assert one.interval.low < one.own.low < one.own.high < one.interval.high
    width = {one: one.interval.high - one.interval.low for one in (early, flat)}
    own = {one: one.own.high - one.own.low for one in (early, flat)}
    assert width[early] / own[early] < width[flat] / own[flat]
    assert flat.detectable > flat.own.high


def test_three_seeds_are_judged_by_wider_intervals_and_one_has_none(scored):
    assert words(score_board(*scored({"early": 0.5, "good": 0.9}, seeds=range(3)))) == {
        "early": "better",
        "good": "better",
    }
    board = score_board(*scored({"early": 0.5, "good": 0.9}, seeds=[0]))
    assert words(board) == {"early": "none", "good": "none"}
    assert "one seed" in reason(board, "early") and judgement(board, "good").interval.low is None


def test_gains_without_spread_get_no_verdict(terms, front):
    cells = [c for seed in range(5) for c in front("baseline", seed) + front("early", seed, 0.5)]
    board = score_board(terms(range(5)), cells)
    assert words(board) == {"early": "none"} and "same for every seed" in reason(board, "early")


def test_an_incomplete_row_has_no_verdict_and_changes_no_other(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9, "flat": 0.03})
    whole, torn = score_board(terms, cells), score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("good", 4)])
    assert (words(torn)["good"], reason(torn, "good")) == ("none", "good is not complete")
    assert judgement(torn, "good").own is None
    assert [judgement(torn, name) for name in ("early", "flat")] == [judgement(whole, n) for n in ("early", "flat")]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (RecipeTerms("good", oracle=True), "good is an oracle"),
        (RecipeTerms("good", disqualified="1.2M tokens where 1M are allowed"), "disqualified: 1.2M tokens where 1M"),
    ],
)
def test_oracles_and_disqualified_rows_are_shown_without_verdict(scored, about, said):
    good = judgement(score_board(*scored({"early": 0.5, "good": 0.9}, about={"good": about})), "good")
    assert good.word == "none" and said in good.reason
    assert good.interval.low > 0


def test_a_row_that_stands_at_the_hardest_level_before_it_is_fine_tuned_is_an_oracle(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    for standing, oracle in ((4.45, True), (4.55, False)):  # the hardest level is 4.506
        there = [
            replace(c, test=replace(c.test, immediate_downstream=standing)) if c.recipe == "good" else c for c in cells
        ]
        board = score_board(terms, there)
        assert board.score("good", "p").oracle is oracle
        assert (words(board)["good"] == "none") is oracle
        assert not board.score("early", "p").oracle


@pytest.mark.parametrize(
    ("points", "said", "mend"),
    [
        (SLOW, "early does not reach 4.72 at any rate in 100% of seeds", 2.0),
        (FAST, "early is below 5.30 at its gentlest rate already in 100% of seeds", 0.5),
    ],
)
def test_a_row_beyond_its_rates_is_flagged_with_the_scale_that_mends_it(scored, front, points, said, mend):
    terms, cells = scored({"early": 0.5, "good": 0.4})
    board = score_board(terms, moved(front, cells, "early", points))
    early = board.score("early", "p")
    assert early.judgement.word == "none" and said in early.judgement.reason
    assert early.judgement.interval is not None
    assert early.mend == mend
    assert words(board)["good"] == "better"


def test_a_level_missed_by_one_seed_in_ten_is_forgiven(scored, front):
    for seeds, flagged in ((10, False), (9, True)):
        terms, cells = scored({"early": 0.5}, seeds=range(seeds))
        cells = [c for c in cells if (c.recipe, c.seed) != ("early", 0)] + front("early", 0, points=FAST)
        early = score_board(terms, cells).score("early", "p")
        assert early.whole.levels[0].clamped == pytest.approx(1 / seeds)
        assert bool(early.flagged) is flagged


def test_a_reference_beyond_its_rates_bars_every_row(scored, front, terms):
    about, cells = scored({"early": 0.5, "good": 0.9})
    frozen = tuple(replace(one, levels=(5.9, 4.7, 4.5)) for one in about.pipelines)
    board = score_board(replace(about, pipelines=frozen), cells)
    assert set(words(board).values()) == {"none"}
    assert reason(board, "good").startswith(("good is below 5.90", "baseline is below 5.90"))


def test_what_bars_the_reference_bars_every_row(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    board = score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("baseline", 0)])
    assert words(board) == {"early": "none", "good": "none"}
    assert reason(board, "good") == "baseline is not complete"


def test_an_unfinished_primary_keeps_no_other_row_waiting(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    board = score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("early", 0)])
    assert words(board) == {"early": "none", "good": "better"}


def test_rows_beyond_the_family_get_no_verdict(scored):
    own = {"early": 0.5} | {f"own{i}": 0.5 for i in range(6)}
    about = {name: RecipeTerms(name, source="mine.yaml") for name in ("first", "second")}
    board = score_board(*scored(own | {"first": 0.9, "second": 0.9}, about=about))
    assert (words(board)["first"], words(board)["second"]) == ("better", "none")
    assert "full" in reason(board, "second")
    assert judgement(board, "second").own.low > 0 and judgement(board, "second").interval is None
    assert (
        score_board(*scored(own | {"first": 0.9, "second": 0.9}, about=about, family=9))
        .score("second", "p")
        .judgement.word
        == "better"
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(added=st.lists(st.floats(-0.15, 2.0), min_size=1, max_size=9))
def test_a_new_row_never_changes_an_old_verdict(scored, added):
    own, new = {"early": 0.3, "flat": 0.01}, {f"new{i}": gain for i, gain in enumerate(added)}
    about = {name: RecipeTerms(name, source="mine.yaml") for name in new}
    before, after = score_board(*scored(own)), score_board(*scored(own | new, about=about))
    assert [judgement(after, name) for name in own] == [judgement(before, name) for name in own]


def test_a_row_that_cannot_run_on_a_pipeline_says_so(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    skipped = [
        replace(c, status="skipped", reason="needs chemistry", test=None, validation=None) if c.recipe == "good" else c
        for c in cells
    ]
    assert reason(score_board(terms, skipped), "good") == "good cannot run here: needs chemistry"


def test_pipelines_are_judged_one_by_one_and_the_average_has_no_verdict(scored):
    board = score_board(*scored({"p": {"early": 0.5, "split": 0.9}, "q": {"early": 0.5, "split": -0.15}}))
    row = board.row("split")
    assert (row.judged("better"), row.judged("worse")) == (("p",), ("q",))
    assert row.average.low > 0


def test_pipelines_share_the_five_percent(scored):
    alone = judgement(score_board(*scored({"early": 0.5})), "early")
    beside = judgement(score_board(*scored({"p": {"early": 0.5}, "q": {"early": 0.5}})), "early")
    assert beside.own == alone.own
    assert beside.interval.low < alone.interval.low


def test_a_board_that_names_no_primary_contrast_judges_every_row_alike(scored):
    terms, cells = scored({"early": 0.5})
    board = score_board(replace(terms, primary="baseline"), cells)
    assert board.primary == ()
    assert words(board) == {"early": "better"}


def test_the_primary_row_is_compared_with_its_control_at_a_place_of_its_own(scored):
    gains = {"early": 0.5, "longer": 0.2} | {f"own{i}": 0.5 for i in range(5)}
    terms, cells = scored(gains, control="longer")
    board = score_board(terms, cells)
    control = board.score("early", "p").control
    assert (control.against, control.word) == ("longer", "better")
    assert control.own.mean == pytest.approx(0.3, abs=0.01)
    assert board.score("longer", "p").control is None
    # Eight places: early, longer, five others, and the contrast with the control.
    full = score_board(*scored(gains | {"one-more": 0.5}, control="longer"))
    assert words(full)["one-more"] == "none" and words(full)["own4"] == "better"


def test_a_control_that_is_not_complete_leaves_that_contrast_open(scored):
    terms, cells = scored({"early": 0.5, "longer": 0.2}, control="longer")
    board = score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("longer", 1)])
    assert (board.score("early", "p").control.word, words(board)["early"]) == ("none", "better")
    assert board.score("early", "p").control.reason == "longer is not complete"


@pytest.mark.parametrize(("loss", "costs"), [(4.05, False), (4.5, True)])
def test_better_at_a_cost_in_general_loss_is_marked(scored, front, loss, costs):
    terms, cells = scored({"early": 0.5, "bad": -0.1})
    paid = [
        replace(c, test=replace(c.test, pretraining=loss + 0.01 * c.seed)) if c.recipe != "baseline" else c
        for c in cells
    ]
    board = score_board(terms, paid)
    assert judgement(board, "early").word == "better"
    assert judgement(board, "early").at_a_cost is costs
    assert not judgement(board, "bad").at_a_cost
