"""What a reader can make out in the frontiers: of many recipes, and of cells that are far off."""

import json
import re
from dataclasses import replace

import pytest

from earlyexp_bench.scoring import CURVE, score_board
from earlyexp_bench.site import write_picture, write_results

OTHERS = tuple(f"method-{index}" for index in range(9))


@pytest.fixture
def many(terms, cells):
    """Terms and cells of 13 recipes."""
    replay = next(recipe for recipe in terms.recipes if recipe.name == "replay")
    recipes = (*terms.recipes, *(replace(replay, name=name) for name in OTHERS))
    copies = [replace(cell, recipe=name) for cell in cells if cell.recipe == "replay" for name in OTHERS]
    return replace(terms, recipes=recipes, family=12), [*cells, *copies]


@pytest.fixture
def plots(tmp_path):
    """Write a board and return its frontiers of one view and the first pipeline, in order, with the page."""

    def write(terms, cells, view):
        page = write_results(score_board(terms, cells), cells, tmp_path).read_text(encoding="utf-8")
        specs = json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])["specs"]
        return [spec for name, spec in specs.items() if name.startswith(f"{view}-0")], page

    return write


def looks(spec):
    scale = spec["layer"][-1]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def drawn(spec):
    return {value["recipe"] for layer in spec["layer"] for value in layer["data"]["values"] if "recipe" in value}


def domain(spec, axis):
    return spec["layer"][-1]["encoding"][axis]["scale"]["domain"]


def test_many_recipes_are_drawn_a_few_at_a_time_beside_the_reference(many, plots):
    terms, cells = many
    found, page = plots(terms, cells, "downstream")
    assert len(found) == 3
    for spec in found:
        assert drawn(spec) == set(looks(spec))
        assert "baseline" in drawn(spec) and len(drawn(spec)) <= 5
        assert len(set(looks(spec).values())) == len(looks(spec))  # no colour twice
    shown = [name for spec in found for name in looks(spec) if name != "baseline"]
    board = score_board(terms, cells)
    assert shown == [row.recipe for row in board.rows if row.recipe != "baseline"]
    assert page.count('<ul class="legend"') == 3 * len(terms.pipelines)
    assert {tuple(domain(spec, "x")) for spec in found} == {tuple(domain(found[0], "x"))}


def test_a_picture_of_many_recipes_has_a_legend_for_each_plot(many, tmp_path):
    terms, cells = many
    svg = write_picture(score_board(terms, cells), cells, tmp_path / "plots.svg").read_text()
    for name in ("early", *OTHERS):
        assert svg.count(f">{name}<") == 1 + len(terms.pipelines)  # once in a legend, then beside each difference
    assert svg.count(">baseline<") == 3


def test_few_recipes_share_one_plot_and_one_legend(terms, cells, plots):
    found, page = plots(terms, cells, "downstream")
    assert [drawn(spec) for spec in found] == [{recipe.name for recipe in terms.recipes}]
    assert page.count('<ul class="legend"') == 1


def test_cells_that_learned_nothing_downstream_do_not_stretch_the_pretraining_view(terms, cells, plots):
    def ruined(cell):
        far = cell.recipe == "replay" and cell.sweep[CURVE] == 1e-4
        return replace(cell, test=replace(cell.test, downstream=9.0, pretraining=14.0)) if far else cell

    found, page = plots(terms, [ruined(cell) for cell in cells], "pretraining")
    assert domain(found[0], "x")[1] < 6
    first = page.split("Frontiers</h2>")[1].split("<h3>")[1]
    assert first.count("5 cells worse than word frequencies on an axis (hollow); 5 cells outside the plot.") == 2


def test_a_recipe_that_is_not_in_the_plot_is_named(terms, cells, plots):
    lost = [replace(c, test=replace(c.test, retained=9.0)) if c.recipe == "replay" else c for c in cells]
    _, page = plots(terms, lost, "downstream")
    assert "every cell of replay is worse than word frequencies on an axis." in page


def test_a_unigram_loss_outside_the_plot_has_no_label_in_it(terms, cells, tmp_path):
    lost = [replace(c, test=replace(c.test, retained=c.test.retained + 5.0)) for c in cells]
    for shown, written in ((cells, True), (lost, False)):
        svg = write_picture(score_board(terms, shown), shown, tmp_path / "plots.svg").read_text()
        assert (">unigram loss<" in svg) is written


def test_where_few_cells_beat_word_frequencies_what_each_recipe_retains_at_best_is_shown(terms, cells, plots):
    forgotten = [cell if cell.recipe == "early" and cell.seed == 0 else lifted(cell) for cell in cells]
    (spec,), _ = plots(terms, forgotten, "downstream")
    means = [value for layer in spec["layer"] for value in layer["data"]["values"] if "x_low" in value]
    assert {value["recipe"] for value in means} == {recipe.name for recipe in terms.recipes}


def lifted(cell):
    return replace(cell, test=replace(cell.test, retained=cell.test.retained + 2.0))


def test_the_levels_that_recipes_are_compared_at_are_upright_lines(terms, cells, plots):
    (spec,), page = plots(terms, cells, "downstream")
    said = [value["said"] for layer in spec["layer"] for value in layer["data"]["values"] if "said" in value]
    assert said[:3] == ["5.40", "5.15", "4.90"]
    assert "Compared at downstream losses of 5.40, 5.15, 4.90 nats, frozen by the benchmark." in page
    (spec,), page = plots(replace(terms, pipelines=tuple(map(unfrozen, terms.pipelines))), cells, "pretraining")
    assert not [value for layer in spec["layer"] for value in layer["data"]["values"] if "said" in value]
    assert "taken from baseline&#39;s mean curve on this board, since the benchmark freezes none" in page


def unfrozen(pipeline):
    return replace(pipeline, levels=None, levels_from="reference")
