"""What a reader of "Which differences are real" takes for a winner."""

import json
import re
from dataclasses import replace

import pytest

from earlyexp_bench.scoring import score_board
from earlyexp_bench.site import write_picture, write_results
from earlyexp_bench.site.intervals import gain_domain


@pytest.fixture
def drawn(terms, tmp_path):
    """Draw one panel; returns rows by (filled or hollow) mark, words at the right end, what hovering says, the axis."""

    def draw(cells, panel, **of_terms):
        page = write_results(score_board(replace(terms, **of_terms), cells), cells, tmp_path).read_text(
            encoding="utf-8"
        )
        spec = json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])["specs"][panel]
        marks = {True: set(), False: set()}
        words, hover = {}, {}
        for layer in spec["layer"]:
            values = layer["data"]["values"]
            if layer["mark"]["type"] == "point":
                marks[layer["mark"]["filled"]] |= {value["label"] for value in values}
                hover |= {value["label"]: value["verdict"] for value in values}
                axis = layer["encoding"]["x"]["title"]
            if layer["mark"]["type"] == "text":
                words |= {value["label"]: value["said"] for value in values}
        return marks, words, hover, axis

    return draw


def test_the_words_at_the_right_end_are_gain_and_verdict(cells, drawn):
    marks, words, hover, axis = drawn(cells, "interval-1")
    assert marks == {True: {"early", "replay", "early+replay"}, False: set()}
    assert set(hover.values()) == {"not told apart"}
    assert all(re.fullmatch(rf"[+−]0\.\d{{3}}  {hover[name]}", said) for name, said in words.items())
    assert axis == ["nats retained more than baseline", "at equal downstream loss"]


def test_a_row_without_a_verdict_is_hollow_however_far_from_zero(terms, cells, drawn):
    oracle = [replace(recipe, oracle=recipe.name == "early+replay") for recipe in terms.recipes]
    marks, words, _, _ = drawn(cells, "interval-0", recipes=tuple(oracle))
    assert marks == {True: {"early", "replay"}, False: {"early+replay"}}
    assert words["early+replay"].endswith("no verdict")


def test_rows_are_sorted_by_gain_then_comes_the_control_then_what_stands_apart(terms, cells, drawn, tmp_path):
    oracle = [replace(recipe, oracle=recipe.name == "early+replay") for recipe in terms.recipes]
    _, words, _, _ = drawn(cells, "interval-0", recipes=tuple(oracle), control="replay")
    assert words["early − replay"].endswith("better")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    labels = json.loads(re.search(r'"sort":(\["early".*?\])', page)[1])
    assert labels == ["early", "replay", "early − replay", "early+replay"]


def test_a_row_that_is_worse_elsewhere_says_where(split, drawn):
    _, words, hover, _ = drawn(split, "interval-0")
    assert hover["replay"] == "better, but worse on music→chemistry"
    assert words["replay"].endswith("better,\nbut worse elsewhere")


def test_an_interval_of_few_seeds_does_not_hide_the_rest(made):
    board, _ = made(seeds=range(2))
    low, high = gain_domain(board)
    widest = board.score("early", "music→instruct").judgement.interval
    assert widest.high - widest.low > 3 > high - low


def test_the_picture_says_the_verdicts_too(board, cells, tmp_path):
    text = write_picture(board, cells, tmp_path / "plots.svg").read_text()
    assert text.count(" better<") == 2 and text.count(" not told apart<") == 4
    assert ">at equal downstream loss<" in text
