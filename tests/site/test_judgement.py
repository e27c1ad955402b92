"""What a reader of the page, the CSV and the terminal learns of verdicts, budgets, answers and near-duplicates."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.scoring import Answers, Contamination, score_board
from earlyexp_bench.site import headline, write_results
from earlyexp_bench.site.rows import gain_rows
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


def test_every_row_has_its_gain_both_intervals_and_a_verdict(terms, opened, read):
    text, rows = read(terms, opened)
    assert rows["early+replay", "music→instruct"]["board_verdict"] == "better"
    assert re.search(
        r"early\+replay Both\. Reads pretraining data later on\. better \+0\.\d{3} \[\+0\.\d{3}, \+0\.\d{3}\] "
        r"\[\+0\.\d{3}, \+0\.\d{3}\] 0\.\d{3} complete 20/20",
        text,
    )
    assert re.search(
        r"With these seeds a difference of 0\.\d{3} nats of early, and of 0\.\d{3} to 0\.\d{3} nats of the other rows "
        r"would be found in 80% of cases",
        text,
    )
    assert not re.search(r"\brank(s|ed)?\b|not tested|nadir|twin", text.replace("Nothing is ranked", ""))


def test_the_control_is_compared_with_the_primary_row_in_the_same_table(terms, cells, read, capsys):
    changed = replace(terms, control="replay")
    text, _ = read(changed, cells)
    assert re.search(r"early − replay Compared with the control instead of baseline\. better \+0\.\d{3} \[", text)
    said = "music→instruct{}early is better than the control replay: at equal downstream loss it retains 0."
    assert said.format(" — ") in text
    print_board(score_board(changed, cells))
    printed = capsys.readouterr().out
    assert said.format(": ") in printed
    assert re.search(r"^music→instruct\tearly − replay\tbetter\t\+0\.\d{3} \[", printed, re.MULTILINE)


def test_a_row_that_is_worse_on_one_pipeline_is_never_called_better_without_naming_it(terms, split, read, capsys):
    board = score_board(terms, split)
    better = next(row for row in gain_rows(board, "music→instruct") if row.label == "replay")
    assert verdict_word(board, better) == "better, but worse on music→chemistry"
    assert headline(board, better).endswith("But it is worse on music→chemistry.")
    assert re.search(r"better but worse on music→chemistry \+0", read(terms, split)[0])
    print_board(board)
    assert "better, but worse on music→chemistry" in capsys.readouterr().out


def test_an_oracle_and_a_disqualified_row_are_shown_without_verdict(terms, opened, read, capsys):
    changed = about(
        about(terms, "replay", oracle=True), "early+replay", disqualified="1.3M tokens where 1M are allowed"
    )
    text, rows = read(changed, opened)
    assert "Disqualified: early+replay, 1.3M tokens where 1M are allowed. Its numbers are shown" in text
    first = text.split("music→instruct Compared at")[1].split("music→chemistry Compared at")[0]
    assert first.index("early+replay Both") < first.index("Shown apart, without a verdict") < first.index("replay 1%")
    assert len(re.findall(r"no verdict [+−]0", first)) == 2
    assert rows["early+replay", "music→instruct"]["board_verdict"] == "none"
    print_board(score_board(changed, opened))
    printed = capsys.readouterr().out
    assert "early+replay: disqualified, 1.3M tokens where 1M are allowed" in printed
    assert "replay: an oracle: it uses what nobody has downstream." in printed


def test_a_row_that_cannot_be_matched_says_which_scale_of_its_rates_would_mend_it(terms, cells, read, capsys):
    def fast(cell):  # the gentlest rate has learned more than the first level
        if cell.recipe != "replay":
            return cell
        sides = {"test": cell.test, "validation": cell.validation}
        return replace(cell, **{side: replace(one, downstream=one.downstream - 0.2) for side, one in sides.items()})

    changed = [fast(cell) for cell in cells]
    text, _ = read(terms, changed)
    assert re.search(
        r"no verdict \+0[^r]{10,80} complete 20/20 below 5\.40 at its gentlest rate [^:]{10,60} "
        r"rates_scale: 0\.5 would mend it",
        text,
    )
    assert "clamped 100%" in text
    print_board(score_board(terms, changed))
    assert "rates_scale: 0.5 would mend it" in capsys.readouterr().out


def test_a_better_row_that_costs_general_loss_is_marked(terms, opened, read, capsys):
    def costly(cell):
        more = 0.3 if cell.recipe == "early" else 0.0
        return replace(cell, test=replace(cell.test, pretraining=cell.test.pretraining + more))

    changed = [costly(cell) for cell in opened]
    text, _ = read(terms, changed)
    assert "complete 20/20 at a cost in general loss" in text
    assert re.search(
        r"early is better than baseline: [^.]+\.[^.]+\.[^.]+\.[^.]+\. It comes at a cost in general loss", text
    )
    print_board(score_board(terms, changed))
    assert "at a cost in general loss" in capsys.readouterr().out
    assert "complete 20/20 at a cost" not in read(terms, opened)[0]


def test_the_same_cells_are_also_read_in_other_ways(terms, cells, read):
    text, _ = read(terms, cells)
    sensitivity = text.split("Read in other ways")[1].split("Every sweep point")[0]
    assert re.search(r"As scored nats middle level only uncapped levels .\s?[−-]?0?\.15 levels \+ 0?\.15", sensitivity)


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
    assert re.search(r"baseline 50\.0% \[[^]]+\] 25\.0% reference 100 5", text)
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
    assert "replay: not complete." in text


def test_a_changed_benchmark_is_not_shown_as_the_frozen_one(terms, cells, read):
    text, rows = read(replace(terms, changed="12ab34cd"), cells)
    assert "Not the benchmark mini@1:" in text and "This board is mini@1+12ab34cd" in text
    assert {line["benchmark"] for line in rows.values()} == {"mini@1+12ab34cd"}
    assert "Not the benchmark" not in read(terms, cells)[0]
