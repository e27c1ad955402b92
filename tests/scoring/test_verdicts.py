"""Every row of a board against the reference: its word, its place, and why it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from earlyexp_bench.scoring import Board, RecipeTerms, score_board

WOBBLE = (-0.02, 0.01, 0.0, 0.02, -0.01)  # a seed's own noise in a row's gain
OTHER = (0.01, -0.02, 0.02, -0.01, 0.0)
EDGE = ((5.8, 4.9), (5.6, 4.8), (5.0, 4.5), (4.2, 3.1))  # the highest rate is by far the best
Gains = Mapping[str, float | Sequence[float]]


@pytest.fixture
def scored(terms, front):
    """Score rows by their gain in nats over the baseline, five seeds and one pipeline unless told otherwise."""

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
    return {row.recipe: contrast.word for row in board.rows if (contrast := board.score(row.recipe, pipeline).contrast)}


def reason(board: Board, recipe: str) -> str:
    return board.score(recipe, "p").contrast.reason


def ranks(board: Board) -> dict[str, tuple[int, int] | None]:
    places = {row.recipe: board.score(row.recipe, "p").rank for row in board.rows}
    return {name: place and (place.best, place.worst) for name, place in places.items()}


def replaced(cells, recipe, **change):
    return [replace(cell, **change) if cell.recipe == recipe else cell for cell in cells]


def test_every_row_has_its_verdict_and_its_place(scored):
    board = score_board(*scored({"early": 0.5, "good": 0.9, "bad": -0.5, "flat": 0.002}))
    assert words(board) == {"early": "better", "good": "better", "bad": "worse", "flat": "undecided"}
    assert ranks(board) == {"baseline": (3, 4), "early": (2, 2), "good": (1, 1), "bad": (5, 5), "flat": (3, 4)}
    assert board.score("baseline", "p").contrast is None


def test_intervals_widen_for_all_rows_at_once_and_tell_what_could_have_been_found(scored):
    contrast = score_board(*scored({"early": 0.5, "flat": 0.002})).score("flat", "p").contrast
    assert contrast.simultaneous.low < contrast.marginal.low < 0 < contrast.marginal.high < contrast.simultaneous.high
    assert contrast.detectable > contrast.marginal.high
    assert contrast.adjusted > contrast.p_value


def test_behind_an_undecided_primary_nothing_is_tested_and_every_place_is_open(scored):
    board = score_board(*scored({"early": 0.002, "good": 5.0}))
    assert words(board) == {"early": "undecided", "good": "undecided"}
    assert reason(board, "good") == "not tested: the primary contrast is undecided"
    assert set(ranks(board).values()) == {(1, 3)}


def test_with_three_seeds_only_the_primary_contrast_has_a_verdict(scored):
    board = score_board(*scored({"early": 0.5, "good": 0.9}, seeds=range(3)))
    assert words(board) == {"early": "better", "good": "none"}
    assert "3 seeds: below 5" in reason(board, "good")
    assert ranks(board) == {"baseline": (2, 3), "early": (1, 2), "good": (1, 3)}


def test_one_seed_gives_neither_interval_nor_rank_to_any_row(scored):
    board = score_board(*scored({"early": 0.5, "good": 0.9}, seeds=[0]))
    assert words(board) == {"early": "none", "good": "none"}
    assert set(ranks(board).values()) == {None}
    assert board.score("good", "p").contrast.marginal.low is None
    assert board.score("good", "p").unranked == "one seed gives no rank"


def test_an_incomplete_row_has_no_place_on_the_board_but_keeps_its_place_in_the_family(scored):
    gains = {"early": 0.5, "good": 0.9, "flat": 0.03}
    terms, cells = scored(gains)
    whole, torn = score_board(terms, cells), score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("good", 4)])
    assert (words(torn)["good"], reason(torn, "good")) == ("none", "good is not complete")
    assert torn.score("good", "p").contrast.marginal is None
    assert torn.score("good", "p").unranked == "good is not complete"
    assert {place and place[1] for name, place in ranks(torn).items() if name != "good"} <= {1, 2, 3}
    flat, easier = torn.score("flat", "p").contrast, whole.score("flat", "p").contrast
    assert flat.simultaneous == easier.simultaneous
    assert (flat.adjusted, easier.adjusted) == pytest.approx((7 * flat.p_value, 7 / 2 * flat.p_value))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (RecipeTerms("good", oracle=True), "good is an oracle"),
        (RecipeTerms("good", disqualified="1.2M tokens where 1M are allowed"), "disqualified: 1.2M tokens where 1M"),
    ],
)
def test_oracles_and_disqualified_rows_are_shown_without_verdict_and_rank(scored, about, said):
    board = score_board(*scored({"early": 0.5, "good": 0.9}, about={"good": about}))
    good = board.score("good", "p")
    assert good.contrast.word == "none" and said in good.contrast.reason
    assert good.rank is None and said in good.unranked
    assert good.contrast.marginal.low > 0
    assert ranks(board)["early"] == (1, 1)


def test_a_sweep_limited_row_shares_every_place(scored, front):
    terms, cells = scored({"early": 0.5, "good": 0.0})
    limited = [c for seed in range(5) for c in front("good", seed, 0.01 * seed, points=EDGE)]
    board = score_board(terms, [cell for cell in cells if cell.recipe != "good"] + limited)
    assert words(board) == {"early": "better", "good": "none"}
    assert "sweep-limited" in reason(board, "good")
    assert ranks(board)["good"] == (1, 3)


def test_what_bars_the_reference_bars_every_row(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    board = score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("baseline", 0)])
    assert words(board) == {"early": "none", "good": "none"}
    assert reason(board, "good") == "baseline is not complete"
    assert board.score("good", "p").unranked == "no ranks: baseline is not complete"


def test_without_a_finished_primary_no_row_is_tested(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    board = score_board(terms, [c for c in cells if (c.recipe, c.seed) != ("early", 0)])
    assert reason(board, "good") == "not tested: the primary contrast has no verdict"
    assert board.score("good", "p").unranked == "no ranks: early is not complete"


def test_rows_beyond_the_family_come_last_and_get_neither_verdict_nor_rank(scored):
    own = {"early": 0.5} | {f"own{i}": 0.5 for i in range(6)}
    about = {name: RecipeTerms(name, source="mine.yaml") for name in ("first", "second")}
    alone = score_board(*scored(own | {"first": 0.9}, about=about))
    board = score_board(*scored(own | {"first": 0.9, "second": 0.9}, about=about))
    assert (words(board)["first"], words(board)["second"]) == ("better", "none")
    assert "full" in reason(board, "second") and "full" in board.score("second", "p").unranked
    assert {name: word for name, word in words(board).items() if name != "second"} == words(alone)


def test_a_row_added_later_answers_for_itself(scored):
    """The benchmark's own rows share their part of 5% by Holm, a later one has a fixed part."""
    about = {"new": RecipeTerms("new", source="mine.yaml")}
    contrast = score_board(*scored({"early": 0.5, "new": 0.9}, about=about)).score("new", "p").contrast
    assert contrast.adjusted == pytest.approx(7 * contrast.p_value, rel=1e-9)


def test_a_row_that_cannot_run_on_a_pipeline_says_so(scored):
    terms, cells = scored({"early": 0.5, "good": 0.9})
    skipped = replaced(cells, "good", status="skipped", reason="needs chemistry", test=None, validation=None)
    board = score_board(terms, skipped)
    assert reason(board, "good") == "good cannot run here: needs chemistry"
    assert board.score("good", "p").unranked == reason(board, "good")


def test_pipelines_are_judged_one_by_one_and_the_average_has_no_verdict(scored):
    board = score_board(*scored({"p": {"early": 0.5, "split": 0.9}, "q": {"early": 0.5, "split": -0.4}}))
    row = board.row("split")
    assert (row.judged("better"), row.judged("worse")) == (("p",), ("q",))
    assert row.average.low > 0


def test_on_a_board_of_two_pipelines_each_has_half_of_the_five_percent(scored):
    alone = score_board(*scored({"early": 0.5})).score("early", "p").contrast
    beside = score_board(*scored({"p": {"early": 0.5}, "q": {"early": 0.5}})).score("early", "p").contrast
    assert beside.adjusted == pytest.approx(2 * alone.adjusted)
    assert beside.p_value == alone.p_value
    terms, cells = scored({"p": {"early": 0.5}, "q": {"early": 0.5}}, metric_version=1)
    assert score_board(terms, cells).score("early", "p").contrast == alone


def test_a_family_too_small_for_the_benchmarks_rows_is_refused(scored):
    terms, cells = scored({"early": 0.5} | {f"own{i}": 0.1 for i in range(8)})
    with pytest.raises(ValueError, match="hold the 9 of the board"):
        score_board(terms, cells)
    assert score_board(replace(terms, family=9), cells).score("own7", "p").rank is not None


def test_a_board_without_a_primary_contrast_has_no_verdicts(scored):
    terms, cells = scored({"early": 0.5})
    board = score_board(replace(terms, primary="baseline"), cells)
    assert board.primary == ()
    assert (words(board), reason(board, "early")) == ({"early": "none"}, "the benchmark names no primary contrast")
    assert board.score("early", "p").contrast.marginal.low > 0
