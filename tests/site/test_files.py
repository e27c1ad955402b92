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
    assert table.schema.metadata[b"schema_version"] == b"1"
    assert table.schema.metadata[b"metric_version"] == b"2"
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
    assert (read["schema_version"], read["metric_version"]) == (1, 2)
    early = read["rows"][1]["pipelines"][0]
    assert early["contrast"]["marginal"]["mean"] == pytest.approx(
        board.score("early", "music→instruct").whole.scores["hypervolume_difference"].mean, rel=1e-11
    )
    assert {score["pipeline"]: score["contrast"]["word"] for score in read["rows"][1]["pipelines"]} == {
        "music→instruct": "better",
        "music→chemistry": "undecided",
    }
    assert read["rows"][0]["pipelines"][0]["contrast"] is None


def test_csv_has_a_line_for_each_recipe_and_pipeline_and_for_averages(board, cells, tmp_path):
    write_results(board, cells, tmp_path)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "leaderboard.csv").read_text(encoding="utf-8"))))
    assert len(lines) == 4 * 2 + 3
    assert {line["schema_version"] for line in lines} == {"1"}
    assert {line["metric_version"] for line in lines} == {"2"}
    (early,) = [line for line in lines if (line["recipe"], line["pipeline"]) == ("early", "music→instruct")]
    assert early["verdict"] == "better"
    assert float(early["hypervolume_difference_low"]) > float(early["simultaneous_low"]) > 0
    assert (early["rank_best"], early["rank_worst"], early["unranked"]) == ("1", "2", "")
    assert float(early["detectable_difference"]) < float(early["hypervolume_difference"])
    chemistry = [line for line in lines if line["pipeline"] == "music→chemistry"]
    assert {line["verdict"] for line in chemistry} == {"", "undecided", "not tested"}
    assert {line["verdict_reason"] for line in chemistry[2:]} == {"not tested: the primary contrast is undecided"}


def test_an_incomplete_row_has_empty_scores_in_the_csv(made, tmp_path):
    board, cells = made(lambda cell: missing(cell) if (cell.recipe, cell.seed) == ("early", 4) else cell)
    write_results(board, cells, tmp_path)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "leaderboard.csv").read_text(encoding="utf-8"))))
    early = next(line for line in lines if line["recipe"] == "early")
    assert (early["state"], early["cells_missing"], early["hypervolume_difference"]) == ("incomplete", "4", "")


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
