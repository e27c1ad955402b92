"""A run says what of it is identical to the published cells, what is not, and which cells its board shows."""

from typing import Any

import pytest

from earlyexp_bench.board.compare import Comparison, DifferentCell
from earlyexp_bench.cli.comparison import comparison_lines, ranges
from earlyexp_bench.scoring.cells import CellResult, Losses

LOSSES = Losses(None, 4.0, 3.0)
HERE, THERE = frozenset({"x86_64, portable"}), frozenset({"aarch64"})


def cell(recipe: str, seed: int, *, published: bool = False) -> CellResult:
    return CellResult(recipe, "p", seed, {}, test=LOSSES, validation=LOSSES, published=published)


def said(board: Any = (), **found: Any) -> list[str]:
    known: dict[str, Any] = {"cells": 24, "different": (), "stages": 60, "different_stages": ()}
    machines = {"machines": HERE, "published_machines": HERE}
    return list(comparison_lines(Comparison(**(known | machines | found)), board))


def test_equal_cells_are_counted_and_the_board_says_which_were_made_here() -> None:
    board = [*(cell("early", seed, published=seed > 1) for seed in range(20))]
    assert said(board) == [
        "24 of 24 cells identical to the published ones, to the bit",
        "on the board: 2 cells made here (seeds 0-1: early) and 18 published ones, which --own-only leaves out",
    ]


def test_a_difference_stands_beside_the_spread_of_seeds_and_the_machines() -> None:
    different = DifferentCell("early on p, seed 0", "", "retained", 4.01, 4.0, 0.21)
    lines = said(different=(different,) * 7, different_stages=("finetune",), machines=THERE)
    assert lines[0] == "17 of 24 cells identical to the published ones, to the bit"
    assert lines[1] == (
        "  early on p, seed 0: retained loss 4.0100, published 4.0000, +0.0100; SD between published seeds 0.210"
    )
    assert lines[6] == "  and 2 more"
    assert "aarch64" in lines[7]
    assert "not on this board" in lines[8]
    assert "--own-only" in lines[8]


def test_a_method_author_reads_that_the_shared_stages_agree() -> None:
    board = [cell("mine", 0), cell("baseline", 0, published=True)]
    assert said(board, cells=0, stages=12)[0] == (
        "no cell made here is published; 12 of 12 stages that are published are identical"
    )


def test_nothing_is_said_where_nothing_is_published() -> None:
    assert list(comparison_lines(None, [cell("early", 0)])) == []


@pytest.mark.parametrize(
    ("numbers", "written"), [([], ""), ([4], "4"), ([0, 1, 2], "0-2"), ([0, 2, 3, 7], "0, 2-3, 7")]
)
def test_seeds_are_written_as_ranges(numbers: list[int], written: str) -> None:
    assert ranges(numbers) == written
