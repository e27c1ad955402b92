"""What a page says of stages that failed: what its reader can mend is told apart from crashes."""

import re
from dataclasses import replace
from pathlib import Path

from earlyexp_bench.contracts import StageFailure, UserError
from earlyexp_bench.scoring import score_board
from earlyexp_bench.site.page import page_bytes


def text_of(board, cells):
    page = re.sub(r"<script.*?</script>|<style.*?</style>", " ", page_bytes(board, cells).decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def failed(cells, failure):
    """The first two cells without result."""
    ended = [
        replace(cell, status="failed", reason=failure.reason, failure=failure, test=None, validation=None)
        for cell in cells[:2]
    ]
    return [*ended, *cells[2:]]


def scored(terms, cells):
    return score_board(terms, cells), cells


def test_a_mistake_says_where_and_what_would_be_right(terms, cells):
    mistake = UserError("rank 9 is more than the model has", where="mine.yaml:3: rank", expected="at most 8")
    board, shown = scored(terms, failed(cells, StageFailure.of(mistake, Path())))
    said = "To mend: mine.yaml:3: rank: rank 9 is more than the model has; expected: at most 8. 2 cells wait for it."
    assert said in text_of(board, shown)


def test_a_crash_says_its_class_and_that_it_is_tried_again(terms, cells):
    board, shown = scored(terms, failed(cells, StageFailure.of(ZeroDivisionError("by nought"), Path())))
    assert "Failed: ZeroDivisionError: by nought. 2 cells wait for it; run tries again." in text_of(board, shown)


def test_a_board_without_failures_says_nothing_of_them(board, cells):
    assert "wait for it" not in text_of(board, cells)
