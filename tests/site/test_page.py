import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import altair as alt

from earlyexp_bench.scoring import CURVE, CellResult, score_board
from earlyexp_bench.site import write_results
from earlyexp_bench.site.numbers import retold, sweep_text


class Reader(HTMLParser):
    """Visible text, addresses that the page loads by itself, and whether elements are closed."""

    VOID = frozenset({"meta", "link", "br", "wbr", "path"})

    def __init__(self):
        super().__init__()
        self.text, self.loads, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name == "src" or (tag == "link" and name == "href")]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


def read(board, cells, folder):
    page = write_results(board, cells, folder).read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return page, " ".join(" ".join(reader.text).split()), reader


def charts(page):
    return json.loads(re.search(r'id="charts">(.*?)</script>', page, re.S)[1])


def blank(cell, status, reason):
    return CellResult(cell.recipe, cell.pipeline, cell.seed, cell.sweep, status=status, reason=reason)


def test_the_page_loads_nothing_but_the_script_beside_it(board, cells, tmp_path):
    page, _, reader = read(board, cells, tmp_path)
    assert reader.loads == ["vega.js"]
    assert "@import" not in page and "url(" not in page


def test_the_primary_contrast_stands_in_plain_words_for_each_pipeline(board, cells, tmp_path):
    _, text, _ = read(board, cells, tmp_path)
    assert re.search(
        r"music→instruct — early is better than baseline: at equal downstream loss it retains 0\.\d{3} nats more "
        r"\(board-wide interval \+\S+ to \+\S+, 5 seeds\)",
        text,
    )
    assert re.search(
        r"music→chemistry — early and baseline are not told apart: .* With these 5 seeds a difference of 0\.\d{3} nats "
        r"would be found in 80% of cases\.",
        text,
    )
    assert (
        "music→instruct and music→chemistry share stages 1 and 2, so together they are one piece of evidence." in text
    )
    assert "Intervals cover seeds. They do not cover test items, the tokenizer or the data pool." in text


def test_every_plot_is_valid_and_there_are_two_views_a_pipeline(board, cells, tmp_path):
    specs = charts(read(board, cells, tmp_path)[0])["specs"]
    views = {f"{view}-{pipeline}" for view in ("downstream", "pretraining", "interval") for pipeline in (0, 1)}
    assert set(specs) == views
    for spec in specs.values():
        alt.LayerChart.from_dict(spec, validate=True)


def test_a_recipe_wears_one_colour_in_all_plots_and_keeps_it_when_others_join(made, tmp_path):
    def colours(spec):
        found = {}
        for layer in spec["layer"]:
            scale = layer["encoding"].get("color", {}).get("scale")
            if scale:
                found = dict(zip(scale["domain"], scale["range"], strict=True))
        return found

    page, _, _ = read(*made(), tmp_path / "four")
    all_colours = [colours(spec) for spec in charts(page)["specs"].values()]
    assert all(found == all_colours[0] for found in all_colours)
    assert len(set(all_colours[0].values())) == 4
    fewer, _, _ = read(*made(recipes=["baseline", "early"]), tmp_path / "two")
    assert colours(charts(fewer)["specs"]["downstream-0"])["early"] == all_colours[0]["early"]


def test_an_incomplete_board_says_what_is_missing(made, tmp_path):
    board, cells = made(
        lambda cell: blank(cell, "failed", "killed for memory") if (cell.recipe, cell.seed) == ("replay", 3) else cell
    )
    _, text, _ = read(board, cells, tmp_path)
    assert "Incomplete: 152 of 160 cells have run, 8 failed." in text
    assert "replay on music→instruct: 16 of 20 cells; not run: seed 3: 4 of 4; killed for memory" in text
    assert "incomplete 16/20" in text


def test_a_complete_board_has_no_banner(board, cells, tmp_path):
    assert "Incomplete:" not in read(board, cells, tmp_path)[1]


def test_a_page_of_a_run_that_has_not_begun(terms, cells, tmp_path):
    terms = replace(terms, pipelines=tuple(replace(p, test=None, validation=None) for p in terms.pipelines))
    none = [blank(cell, "missing", "not run yet") for cell in cells]
    _, text, _ = read(score_board(terms, none), none, tmp_path)
    assert "0 of 160 cells have run" in text
    assert "No cell with a downstream loss yet." in text


def test_where_there_are_no_levels_the_page_says_why_and_not_that_cells_are_missing(terms, cells, tmp_path):
    def forgot(cell):  # at the gentlest rate already
        return replace(cell, test=replace(cell.test, retained=4.34)) if cell.recipe == "baseline" else cell

    terms = replace(terms, pipelines=tuple(replace(p, levels=None, levels_from="reference") for p in terms.pipelines))
    changed = [forgot(cell) for cell in cells]
    _, text, _ = read(score_board(terms, changed), changed, tmp_path)
    assert "There are no levels to compare at: the gentlest rate has already gone beyond 0.25 of the way" in text
    assert "have run yet" not in text


def test_one_seed_has_no_interval_and_no_verdict(made, tmp_path):
    _, text, _ = read(*made(seeds=[0]), tmp_path)
    assert "No verdict on early against baseline: one seed gives no interval." in text
    assert "better than baseline" not in text


def test_cells_worse_than_word_frequencies_are_counted_and_do_not_stretch_the_plot(made, tmp_path):
    def worse(cell):
        far = cell.seed == 0 and cell.sweep[CURVE] == 5e-4
        return replace(cell, test=replace(cell.test, retained=40.0)) if far else cell

    page, text, _ = read(*made(worse), tmp_path)
    assert "4 cells worse than word frequencies on an axis (hollow); 4 cells outside the plot." in text
    y = charts(page)["specs"]["downstream-0"]["layer"][-1]["encoding"]["y"]
    assert y["scale"]["domain"][1] < 5


def test_marks_of_a_row(made, tmp_path):
    def change(cell):
        if (cell.recipe, cell.sweep[CURVE], cell.seed) == ("replay", 5e-4, 1):
            return blank(cell, "diverged", "loss was nan")
        return replace(cell, converged=False) if cell.recipe == "baseline" else cell

    _, text, _ = read(*made(change), tmp_path)
    for mark in ("1 diverged", "20 not converged", "Reads pretraining data", "complete 20/20"):
        assert mark in text


def test_what_others_wrote_cannot_become_markup(terms, cells, tmp_path):
    evil = "</script><script>alert(1)</script>"
    recipes = tuple(replace(r, description=evil) if r.name == "early" else r for r in terms.recipes)
    recipes = tuple(replace(r, name=evil) if r.name == "replay" else r for r in recipes)
    board_terms = replace(terms, recipes=recipes, notes={evil: evil})
    changed = [replace(cell, recipe=evil) if cell.recipe == "replay" else cell for cell in cells]
    page, _, _ = read(score_board(board_terms, changed), changed, tmp_path)
    assert "<script>alert" not in page
    assert evil in charts(page)["specs"]["downstream-0"]["layer"][-1]["encoding"]["color"]["scale"]["domain"]


def test_our_sizes_stand_beside_the_papers(board, cells, tmp_path):
    _, text, _ = read(board, cells, tmp_path)
    assert "D_post / stage 1 3.3% 3.4%" in text
    assert "Stage 3 is longer" in text


def test_on_a_phone_every_value_of_a_row_says_what_it_is(board, cells, tmp_path):
    page, _, _ = read(board, cells, tmp_path)
    table = re.search(r'<table class="cards">.*?</table>', page, re.S)[0]
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', table)[1:]
    rows = re.findall(r'<tr[^>]*>\s*<th scope="row">.*?</tr>', table, re.S)
    assert len(rows) == len(board.rows)
    for row in rows:
        assert re.findall(r'<td[^>]* data-label="([^"]+)"', row) == heads
    assert "early+<wbr>replay</th>" in page and "retained/<wbr>target/<wbr>bits_<wbr>per_<wbr>byte</th>" in page
    # Row and cells follow each other down the screen, and the name of a row does not stay over its values.
    assert re.search(r"\.cards tr \{ display: grid", page) and re.search(r"\.cards th, .* position: static", page)


def test_the_fixed_question_stands_in_for_a_description_and_not_beside_one(terms, cells, tmp_path):
    question = "Which way of acquiring a capability survives later fine-tuning?"
    _, text, _ = read(score_board(terms, cells), cells, tmp_path)
    assert terms.description in text and question not in text
    assert question in read(score_board(replace(terms, description=""), cells), cells, tmp_path)[1]


def test_a_rate_is_written_alike_everywhere():
    assert sweep_text({CURVE: 0.012, "posttraining.learning_rate": 4.5e-4}) == "rate 1.2e-2, stage 2 rate 4.5e-4"
    assert retold("at fine-tuning rate 0.0002") == "at fine-tuning rate 2e-4"
    assert retold("has not one loss at rate 5e-05 for every seed") == "has not one loss at rate 5e-5 for every seed"
    assert retold("by -0.004: p = 1e-05, post-training") == "by −0.004: p = 1e-05, post-training"


def test_a_pretraining_guard_over_several_checkpoints_says_so(board, cells, tmp_path):
    averages = [replace(cell, output="average") for cell in cells if cell.recipe == "replay"]
    _, text, _ = read(score_board(board.terms, [*cells, *averages]), [*cells, *averages], tmp_path)
    assert text.count("all 2 checkpoints") == len(board.terms.pipelines)
    assert "a mean over the sweep, and over a method's checkpoints" in text
    assert (
        "checkpoints" not in read(board, cells, tmp_path)[1].split("Beside the gain", 1)[1].split("What the numbers")[0]
    )
