"""A new board says what the one that it replaces had and it lacks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from earlyexp_bench.board.earlier import Earlier, Lost, earlier_board
from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan


@pytest.fixture
def options(options: Options, recorded: Callable[..., Plan]) -> Options:
    recorded(options)
    return options


def test_rows_of_a_recipe_file_that_was_not_named_again_are_missed(options: Options, tmp_path: Path) -> None:
    recipes = tmp_path / "mine.yaml"
    recipes.write_text("recipes: {mine: {exposure: {fraction: 0.5}}}")
    assert report_benchmark(replace(options, recipes=recipes)).lost == Lost()
    assert report_benchmark(options).lost == Lost(("mine",))
    assert report_benchmark(options).lost == Lost()


def test_cells_that_another_store_had_are_missed(
    options: Options, recorded: Callable[..., Plan], tmp_path: Path
) -> None:
    whole = report_benchmark(options)
    other = replace(options, store=tmp_path / "other")
    recorded(other, lambda node, fields: None if node.spec.kind == "evaluate" and " s2" in node.label else fields)
    some = report_benchmark(other)
    assert some.lost == Lost((), whole.board.counts.done - some.board.counts.done)
    assert some.lost.cells > 0


def test_a_recipe_that_was_changed_since_has_other_cells_and_misses_none(options: Options, tmp_path: Path) -> None:
    recipes = tmp_path / "mine.yaml"
    recipes.write_text("recipes: {mine: {exposure: {fraction: 0}}}")  # its cells are on record, as the reference's
    mine = replace(options, recipes=recipes)
    assert report_benchmark(mine).board.row("mine").pipelines[0].counts.done > 0
    recipes.write_text("recipes: {mine: {exposure: {fraction: 0.5}}}")
    again = report_benchmark(mine)
    assert (again.board.row("mine").pipelines[0].counts.done, again.lost) == (0, Lost())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"rows": [{"recipe": "x"}]}'])
def test_what_is_no_board_is_not_missed(text: str, tmp_path: Path) -> None:
    assert earlier_board(tmp_path) == Earlier()
    (tmp_path / "leaderboard.json").write_text(text)
    assert earlier_board(tmp_path) == Earlier()
