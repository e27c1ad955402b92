"""The claims as a terminal shows them: what has not run is no finding."""

from dataclasses import replace

import pytest

from earlyexp_bench.cli.claims import print_claims
from earlyexp_bench.scoring import score_board

CLAIMS = (
    {"claim": "R5a", "without": "early", "with": "replay"},
    {"claim": "R6", "without": "baseline", "with": "early"},
)
MISSING = ("replay", 2, "music→instruct")


@pytest.fixture
def verdicts(terms, cells, judged, capsys):
    """Print the claims of a board; returns claim and pipeline to verdict."""

    def write(change=lambda cell: cell):
        changed = [one for cell in cells if (one := change(cell)) is not None]
        board = score_board(terms, changed)
        results = judged(board, changed, *CLAIMS)
        print_claims(board, results)
        lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
        return {(line[0], line[3]): line[4] for line in lines}, results

    return write


def place(cell):
    return cell.recipe, cell.seed, cell.pipeline


def test_a_claim_whose_cells_have_not_all_run_is_not_called_undecided(verdicts):
    printed, results = verdicts(lambda cell: None if place(cell) == MISSING else cell)
    assert printed["R5a", "music→instruct"] == "not run"
    assert results[0].outcomes["music→instruct"].word == "undecided"  # files keep their three words
    assert "not run" not in {word for key, word in printed.items() if key != ("R5a", "music→instruct")}


def test_what_diverged_has_run(verdicts):
    bad = {"status": "diverged", "test": None, "validation": None}
    printed, _ = verdicts(lambda cell: replace(cell, **bad) if place(cell) == MISSING else cell)
    assert "not run" not in printed.values()
