import csv
import io
import json
import os
import random
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from earlyexp_bench.scoring import CURVE, CellResult, score_board
from earlyexp_bench.site import write_results

FILES = ("index.html", "leaderboard.json", "leaderboard.csv", "cells.parquet", "vega.js")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def missing(cell):
    return CellResult(cell.recipe, cell.pipeline, cell.seed, cell.sweep, status="missing", reason="not run yet")


def test_writes_a_page_and_its_data(board, cells, tmp_path):
    page = write_results(board, cells, tmp_path / "mini@1")
    assert page == tmp_path / "mini@1" / "index.html"
    assert sorted(contents(page.parent)) == sorted(FILES)


def test_the_same_records_give_the_same_bytes_in_any_order(terms, board, cells, tmp_path):
    shuffled = random.Random(3).sample(cells, len(cells))
    write_results(board, cells, tmp_path / "a")
    write_results(score_board(terms, shuffled), shuffled, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_timings_go_to_a_file_of_their_own(board, cells, tmp_path):
    write_results(board, cells, tmp_path / "a")
    write_results(board, cells, tmp_path / "b", timings={"seconds": 12.5})
    timed = contents(tmp_path / "b")
    assert json.loads(timed.pop("timings.json")) == {"schema_version": 1, "seconds": 12.5}
    assert timed == contents(tmp_path / "a")


def test_every_cell_is_a_row_with_its_losses_and_its_sweep(board, cells, tmp_path):
    write_results(board, [missing(cells[0]), *cells[1:]], tmp_path)
    table = pq.read_table(tmp_path / "cells.parquet")
    assert table.num_rows == len(cells)
    assert table.schema.metadata[b"schema_version"] == b"2"
    assert table.schema.metadata[b"metric_version"] == b"3"
    rows = {(r["recipe"], r["pipeline"], r["seed"], r[CURVE]): r for r in table.to_pylist()}
    cell = cells[5]
    row = rows[cell.recipe, cell.pipeline, cell.seed, cell.sweep[CURVE]]
    assert row["retained_loss"] == cell.test.retained
    assert row["downstream_loss_validation"] == cell.validation.downstream
    assert row["posttraining.learning_rate"] == 1e-3
    spent = {key: value for key, value in row.items() if key.startswith("tokens_")}
    assert spent == {
        "tokens_pretrain_general": 1_500_000,
        "tokens_pretrain_target": 50_000,
        "tokens_posttrain_target": 800_000 + 1000 * cell.seed,
        "tokens_finetune_downstream": 150_000,
    }
    assert row["contaminated"] is None
    assert row["retained/target/bits_per_byte"] == cell.metrics["retained/target/bits_per_byte"]
    gone = rows[cells[0].recipe, cells[0].pipeline, cells[0].seed, cells[0].sweep[CURVE]]
    assert (gone["status"], gone["reason"], gone["retained_loss"]) == ("missing", "not run yet", None)


def test_json_says_versions_scores_and_verdicts(board, cells, tmp_path):
    write_results(board, cells, tmp_path)
    read = json.loads((tmp_path / "leaderboard.json").read_text(encoding="utf-8"))
    assert (read["schema_version"], read["metric_version"]) == (2, 3)
    rows = {row["recipe"]: row for row in read["rows"]}
    early, score = rows["early"]["pipelines"][0], board.score("early", "music→instruct")
    assert early["judgement"]["own"]["mean"] == early["gain"]["mean"]
    assert early["gain"]["mean"] == pytest.approx(score.whole.scores["gain"].mean, rel=1e-11)
    assert early["judgement"]["interval"]["low"] == pytest.approx(score.judgement.interval.low, rel=1e-11)
    assert [level["gain"]["n"] for level in early["levels"]] == [5, 5, 5]
    assert [one["how"] for one in early["seeds"][0]["levels"]] == [one.how for one in score.whole.seeds[0].levels]
    assert list(early["sensitivity"]) == sorted(score.sensitivity)
    words = {one["pipeline"]: one["judgement"]["word"] for one in rows["early"]["pipelines"]}
    assert words == {one.pipeline: one.judgement.word for one in board.row("early").pipelines}
    assert rows["baseline"]["pipelines"][0]["judgement"] is None
    assert read["terms"]["pipelines"][0]["levels"] == list(board.terms.pipelines[0].levels)


def test_csv_has_a_line_for_each_recipe_and_pipeline_and_for_averages(board, cells, tmp_path):
    write_results(board, cells, tmp_path)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "leaderboard.csv").read_text(encoding="utf-8"))))
    assert len(lines) == 4 * 2 + 3
    assert {line["schema_version"] for line in lines} == {"2"}
    assert {line["metric_version"] for line in lines} == {"3"}
    (early,) = [line for line in lines if (line["recipe"], line["pipeline"]) == ("early", "music→instruct")]
    score = board.score("early", "music→instruct")
    assert (early["board_verdict"], early["board_against"]) == (score.judgement.word, "baseline")
    assert float(early["board_low"]) == pytest.approx(score.judgement.interval.low)
    assert float(early["board_low"]) < float(early["gain_low"]) < float(early["gain"]) < float(early["board_high"])
    assert float(early["detectable_gain"]) == pytest.approx(score.judgement.detectable)
    assert float(early["level_2_gain"]) == pytest.approx(score.whole.levels[1].gain.mean)
    assert early["level_2_clamped"] == "0"
    (reference,) = [line for line in lines if (line["recipe"], line["pipeline"]) == ("baseline", "music→instruct")]
    assert (reference["board_verdict"], reference["gain"], reference["board_low"]) == ("", "", "")
    assert float(reference["matched_loss"]) > float(early["matched_loss"])


def test_an_incomplete_row_has_empty_scores_in_the_csv(made, tmp_path):
    board, cells = made(lambda cell: missing(cell) if (cell.recipe, cell.seed) == ("early", 4) else cell)
    write_results(board, cells, tmp_path)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "leaderboard.csv").read_text(encoding="utf-8"))))
    early = next(line for line in lines if line["recipe"] == "early")
    assert (early["state"], early["cells_missing"], early["gain"]) == ("incomplete", "4", "")


def test_a_failed_rewrite_leaves_the_old_files_whole(board, cells, tmp_path, monkeypatch):
    write_results(board, cells, tmp_path)
    before = contents(tmp_path)

    def fail(*_args):
        raise OSError(28, "disk full")

    monkeypatch.setattr(os, "replace", fail)
    changed = [replace(cell, flops=1.0) for cell in cells]
    with pytest.raises(OSError, match="disk full"):
        write_results(board, changed, tmp_path)
    assert contents(tmp_path) == before


def test_the_plotting_script_is_left_alone_until_its_version_changes(board, cells, tmp_path):
    write_results(board, cells, tmp_path)
    script = tmp_path / "vega.js"
    whole = script.read_bytes()
    stamp = script.stat().st_mtime_ns
    write_results(board, cells, tmp_path)
    assert script.stat().st_mtime_ns == stamp
    script.write_text("/* of another version */")
    write_results(board, cells, tmp_path)
    assert script.read_bytes() == whole
