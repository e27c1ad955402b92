"""What a reader of the page, the CSV and the terminal learns of verdicts, budgets, answers and near-duplicates."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.scoring import CURVE, Answers, Contamination, score_board
from earlyexp_bench.site import headline, write_results
from earlyexp_bench.site.wording import verdict_word

TASK = "retained/target/choice"


@pytest.fixture
def read(tmp_path):
    """Write a board and return its page's visible text, with one space between words, and its CSV by row."""

    def write(terms, cells):
        board = score_board(terms, cells)
        text = []
        parser = HTMLParser()
        parser.handle_data = text.append
        parser.feed(write_results(board, cells, tmp_path).read_text(encoding="utf-8").split("<body>")[1])
        lines = csv.DictReader(io.StringIO((tmp_path / "leaderboard.csv").read_text(encoding="utf-8")))
        rows = {(line["recipe"], line["pipeline"]): line for line in lines}
        return " ".join(" ".join(text).split()), rows

    return write


def about(terms, name, **said):
    return replace(terms, recipes=tuple(replace(r, **said) if r.name == name else r for r in terms.recipes))


def test_every_row_has_a_verdict_on_the_page_and_its_rank_only_in_the_files(terms, opened, read):
    text, rows = read(terms, opened)
    verdicts = {key: (line["verdict"], line["rank_best"], line["rank_worst"]) for key, line in rows.items()}
    assert verdicts["early+replay", "music→instruct"] == ("better", "1", "2")
    assert verdicts["baseline", "music→instruct"] == ("", "3", "4")
    assert "early+replay Both. Reads pretraining data later on. better p 0." in text
    assert not re.search(r"\branks?\b", text)
    assert re.search(r"all rows \[\+0\.\d+, \+0\.\d+\] could find ±0\.\d+", text)


def test_an_undecided_primary_contrast_says_what_could_have_been_found(terms, cells, read):
    text, _ = read(terms, cells)
    assert re.search(
        r"music→chemistry — early and baseline .* 5 seeds could have found a difference of ±0\.\d+ \(80% power\)\.",
        text,
    )
    assert "replay, early+replay: not tested: the primary contrast is undecided." in text
    assert "Reads pretraining data later on. not tested +" in text
    chemistry = text.split("music→chemistry, 5 seeds")[1]
    # The primary contrast was tested, the two others were not.
    assert len(re.findall(r"\] could find ±", chemistry)) == 1
    assert len(re.findall(r"\] would find ±", chemistry)) == 2


def test_a_row_that_is_worse_on_one_pipeline_is_never_called_better_without_naming_it(terms, split, read, capsys):
    board = score_board(terms, split)
    better = board.score("replay", "music→instruct")
    assert verdict_word(board, better) == "better, but worse on music→chemistry"
    assert headline(board, better).endswith("But it is worse on music→chemistry.")
    text, rows = read(terms, split)
    assert re.search(r"better but worse on music→chemistry p 0", text)
    assert rows["replay", "music→instruct"]["worse_on"] == rows["replay", "average"]["worse_on"] == "music→chemistry"
    assert re.search(r"replay .\d\.\d+ \[[^]]*\] worse on music→chemistry \+0\.\d+ better −0\.\d+ worse", text)
    print_board(board)
    assert "better, but worse on music→chemistry" in capsys.readouterr().out


def test_an_oracle_and_a_disqualified_row_are_shown_without_verdict(terms, opened, read, capsys):
    changed = about(
        about(terms, "replay", oracle=True), "early+replay", disqualified="1.3M tokens where 1M are allowed"
    )
    text, rows = read(changed, opened)
    assert "Disqualified: early+replay, 1.3M tokens where 1M are allowed. Its numbers are shown" in text
    assert "Oracle: shown, without verdict." in text and len(re.findall(r"\. no verdict [+−]", text)) == 4
    line = rows["early+replay", "music→instruct"]
    assert (line["verdict"], line["rank_best"], line["hypervolume_difference"] != "") == ("no verdict", "", True)
    assert line["unranked"] == "early+replay is disqualified: 1.3M tokens where 1M are allowed"
    print_board(score_board(changed, opened))
    assert "early+replay: disqualified, 1.3M tokens where 1M are allowed" in capsys.readouterr().out


def test_twins_above_the_threshold_flag_the_pipeline(terms, cells, read, capsys):
    found = (Contamination("general", "tunes", 300, 2), Contamination("mixed", "tunes", 300, 14))
    changed = replace(terms, pipelines=(replace(terms.pipelines[0], contamination=found), terms.pipelines[1]))
    text, rows = read(changed, cells)
    assert (
        "on music→instruct 14 of 300 test documents of tunes (4.7%) have a near-duplicate in the training text of mixed"
        in text
    )
    assert "general 2 of 300 0.7% mixed 14 of 300 4.7%" in text
    assert "Near-duplicates of test documents in the training text: not measured yet." in text
    assert [rows["early", p.name]["contaminated"] for p in terms.pipelines] == ["true", ""]
    print_board(score_board(changed, cells))
    assert "contaminated, 14 of 300" in capsys.readouterr().out


def test_a_pipeline_below_the_threshold_is_not_flagged(terms, cells, read):
    clean = tuple(replace(p, contamination=(Contamination("general", "tunes", 300, 3),)) for p in terms.pipelines)
    text, rows = read(replace(terms, pipelines=clean), cells)
    assert "Contaminated:" not in text
    assert rows["early", "music→instruct"]["contaminated"] == "false"


def test_the_budget_stands_by_stage_and_source(terms, cells, read):
    ledger = {"pretrain": {"target": 50_000, "general": 1_500_000}, "finetune": {"downstream": 150_000}}
    text, _ = read(terms, [replace(cell, ledger=ledger if cell.recipe == "early" else {}) for cell in cells])
    assert "general stage 1 target stage 1 downstream stage 3 All tokens FLOP" in text
    assert "early 1.5M 50K 150K 2.5M" in text
    without, _ = read(terms, [replace(cell, ledger={}) for cell in cells])
    assert "These records do not say which stage a token entered." in without


def test_accuracies_stand_beside_chance_with_the_error_of_items(terms, cells, read):
    def answered(cell):
        correct = tuple(i < (60 if cell.recipe == "early" else 50) for i in range(100))
        return replace(cell, answers={TASK: Answers(correct, 0.25, "digest")})

    text, _ = read(terms, [answered(cell) for cell in cells])
    assert re.search(r"retained/target/choice baseline 50\.0% \[[^]]+\] 25\.0% reference 100 5", text)
    assert re.search(r"early 60\.0% \[[^]]+\] 25\.0% \+10\.0 pp \[\+4\.0, \+16\.0\] 100 5", text)
    assert "They say nothing of other seeds" in text
    assert "Answers to multiple-choice tasks" not in read(terms, cells)[0]


def test_answers_no_better_than_guessing_are_left_to_the_files(terms, cells, read):
    def answered(cell):
        return replace(cell, answers={TASK: Answers(tuple(i < 28 for i in range(100)), 0.25, "digest")})

    assert "multiple-choice" not in read(terms, [answered(cell) for cell in cells])[0]


def test_an_incomplete_row_shows_no_cost(made, read):
    board, cells = made(lambda cell: None if (cell.recipe, cell.seed) == ("replay", 3) else cell)
    text, rows = read(board.terms, cells)
    assert rows["replay", "music→instruct"]["tokens"] == rows["replay", "music→instruct"]["flops"] == ""
    assert "replay is not complete." in text


def test_where_nobody_earns_anything_the_page_says_so_and_not_that_rows_cannot_be_told_apart(
    terms, cells, read, capsys
):
    def forgot(cell):
        losses = replace(cell.test, retained=cell.test.retained + 9.0)
        return replace(cell, test=losses, validation=losses) if cell.pipeline == "music→chemistry" else cell

    text, rows = read(terms, [forgot(cell) for cell in cells])
    said = "early and baseline both earn nothing: no point of either is better than the nadir on both axes."
    assert said in text
    assert (rows["early", "music→chemistry"]["detectable_difference"], "±0.000" in text) == ("", False)
    print_board(score_board(terms, [forgot(cell) for cell in cells]))
    assert said in capsys.readouterr().out


def test_an_open_ended_row_is_marked(terms, cells, read, capsys):
    def guarded(cell):  # at the highest rate nothing is left of the target
        if cell.sweep[CURVE] != max(c.sweep[CURVE] for c in cells):
            return cell
        losses = replace(cell.test, retained=cell.test.retained + 9.0)
        return replace(cell, test=losses, validation=losses)

    changed = [guarded(cell) for cell in cells]
    board = score_board(terms, changed)
    text, rows = read(terms, changed)
    marked = [score.open_ended for row in board.rows for score in row.pipelines]
    assert any(marked)
    assert text.count("open-ended") == sum(map(bool, marked))
    assert {rows[s.recipe, s.pipeline]["open_ended"] for row in board.rows for s in row.pipelines} <= {"true", "false"}
    print_board(board)
    assert "open-ended" in capsys.readouterr().out


def test_a_changed_benchmark_is_not_shown_as_the_frozen_one(terms, cells, read):
    text, rows = read(replace(terms, changed="12ab34cd"), cells)
    assert "Not the benchmark mini@1:" in text and "This board is mini@1+12ab34cd" in text
    assert {line["benchmark"] for line in rows.values()} == {"mini@1+12ab34cd"}
    assert "Not the benchmark" not in read(terms, cells)[0]


def test_a_board_without_a_primary_contrast_speaks_of_no_tests(terms, cells, read):
    text, _ = read(replace(terms, primary="baseline"), cells)
    assert not re.search(r"could find|would find|Could find|Two-sided", text)
