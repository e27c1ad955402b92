"""What a reader of "Which differences are real" takes for a winner."""

import json
import re

import pytest

from earlyexp_bench.scoring import score_board
from earlyexp_bench.site import write_picture, write_results


@pytest.fixture
def drawn(terms, tmp_path):
    """Draw one panel; returns rows by (filled or hollow) mark, words at the right end, what hovering says, the axis."""

    def draw(cells, panel):
        page = write_results(score_board(terms, cells), cells, tmp_path).read_text(encoding="utf-8")
        spec = json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])["specs"][panel]
        marks = {True: set(), False: set()}
        words, hover = {}, {}
        for layer in spec["layer"]:
            values = layer["data"]["values"]
            if layer["mark"]["type"] == "point":
                marks[layer["mark"]["filled"]] |= {value["recipe"] for value in values}
                hover |= {value["recipe"]: value["verdict"] for value in values}
                axis = layer["encoding"]["x"]["title"]
            if layer["mark"]["type"] == "text":
                words |= {value["recipe"]: value["label"] for value in values}
        return marks, words, hover, axis

    return draw


def test_a_row_that_was_not_tested_is_hollow_and_says_so_however_far_from_zero(cells, drawn):
    marks, words, hover, axis = drawn(cells, "interval-1")
    assert marks == {True: {"early"}, False: {"replay", "early+replay"}}
    assert words == hover == {"early": "undecided", "replay": "not tested", "early+replay": "not tested"}
    assert axis == "Δhypervolume to baseline (right is better)"


def test_a_tested_row_is_filled_and_one_that_is_worse_elsewhere_says_where(split, drawn):
    marks, words, hover, _ = drawn(split, "interval-0")
    assert marks == {True: {"early", "replay", "early+replay"}, False: set()}
    assert hover["replay"] == "better, but worse on music→chemistry"
    assert words["replay"].split() == hover["replay"].split()


def test_the_average_has_no_verdict_and_looks_it(cells, drawn, tmp_path):
    marks, words, hover, _ = drawn(cells, "interval-average")
    assert marks == {True: set(), False: {"early", "replay", "early+replay"}}
    assert words == {} and all(said.startswith("none") for said in hover.values())
    assert "no verdict; bars of each row by itself" in (tmp_path / "index.html").read_text()


def test_the_picture_says_the_verdicts_too(board, cells, tmp_path):
    text = write_picture(board, cells, tmp_path / "plots.svg").read_text()
    assert text.count(">not tested<") == 2 and ">better<" in text
    assert "(right is better)" in text
