"""The committed results are what their committed records give, byte for byte."""

import gzip
import json
from importlib.metadata import version
from pathlib import Path

import pytest

from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options
from earlyexp_bench.planning.records import add_records

RESULTS = Path(__file__).parents[2] / "benchmarks" / "earlyexp_benchmarks" / "results"
RECORDED = sorted(path.parent for path in RESULTS.glob("*/records.jsonl.gz"))


@pytest.fixture(params=RECORDED, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    committed: Path = request.param
    with gzip.open(committed / "records.jsonl.gz") as file:
        environment = json.loads(file.readline())["environment"]
    # Its version is part of the keys of evaluations.
    if (made := environment["lm-eval"]) != version("lm-eval"):
        pytest.skip(f"made with lm-eval {made}, installed is {version('lm-eval')}; constraints.txt pins it")
    return committed


def test_a_board_is_rebuilt_from_its_records(folder: Path, tmp_path: Path) -> None:
    add_records([folder / "records.jsonl.gz"], tmp_path / "store")
    name, _, number = folder.name.partition("@")
    results = report_benchmark(Options(name, store=tmp_path / "store", out=tmp_path))
    assert results.board.name == f"{name}@{number}"
    assert len(results.board.terms.protocol) == 64  # and below that it is the one under which the board was published
    committed = {path.name: path for path in folder.iterdir() if path.name != "records.jsonl.gz"}
    assert {"leaderboard.json", "leaderboard.csv", "cells.parquet"} <= committed.keys()
    assert ("claims.json" in committed) == bool(results.claims)
    for file, path in committed.items():
        assert (results.page.parent / file).read_bytes() == path.read_bytes(), file


def test_every_cell_of_a_committed_board_has_run(folder: Path) -> None:
    board = json.loads((folder / "leaderboard.json").read_text())
    assert board["complete"]
    assert board["counts"]["missing"] == board["counts"]["failed"] == 0
    assert all(pipeline["contamination"] for pipeline in board["terms"]["pipelines"])
