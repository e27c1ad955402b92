"""The picture for a README: what can be read at the width of its column."""

import re
from dataclasses import replace

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.scoring import score_board
from earlyexp_bench.site import write_picture

README_COLUMN = 830


@pytest.fixture
def four(terms, cells):
    """Terms and cells of four pipelines."""
    pipelines = [replace(pipeline, name=f"{pipeline.name}{copy}") for copy in ("", "²") for pipeline in terms.pipelines]
    copies = [replace(cell, pipeline=f"{cell.pipeline}{copy}") for copy in ("", "²") for cell in cells]
    return replace(terms, pipelines=tuple(pipelines)), copies


def size(svg):
    return [float(re.search(rf'<svg[^>]* {name}="([\d.]+)"', svg)[1]) for name in ("width", "height")]


def test_letters_of_four_pipelines_stay_legible_in_a_readme(four, tmp_path):
    terms, cells = four
    svg = write_picture(score_board(terms, cells), cells, tmp_path / "plots.svg").read_text()
    width, height = size(svg)
    letters = min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg))
    assert height > width
    assert letters * README_COLUMN / width >= 7.5
    for pipeline in terms.pipelines:
        assert f">{pipeline.name}<" in svg


def test_a_pipeline_of_which_nothing_has_run_keeps_its_column(terms, cells, tmp_path):
    some = [cell for cell in cells if cell.pipeline == "music→chemistry"]
    svg = write_picture(score_board(terms, some), some, tmp_path / "plots.svg").read_text()
    assert svg.count(">no cell yet<") == 1
    assert svg.index(">music→instruct<") < svg.index(">music→chemistry<") < svg.index(">no cell yet<")
    assert "instruct/all" not in svg


@pytest.mark.parametrize(("name", "head"), [("a.svg", b"<svg"), ("a.png", b"\x89PNG")])
def test_the_picture_is_drawn_for_a_readme(board, cells, tmp_path, name, head):
    assert write_picture(board, cells, tmp_path / name).read_bytes().startswith(head)


def test_a_picture_of_another_kind_is_refused(board, cells, tmp_path):
    with pytest.raises(UserError, match=r"\.svg or \.png"):
        write_picture(board, cells, tmp_path / "a.gif")
