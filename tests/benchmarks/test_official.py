"""The committed results of mini and mini-pipelines obey the rules that sized them: validation, the baseline alone."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
BOARDS = {"mini@2": 4 * 2 * 5 * 4, "mini-pipelines@2": 8 * 4 * 5 * 4}  # recipes, pipelines, seeds, rates
# The first two are mini's own; mini-pipelines has all four.
PIPELINES = ["music→instruct", "music→chemistry", "instruct→chemistry", "instruct→music"]


@pytest.fixture(scope="module")
def baseline() -> list[dict[str, Any]]:
    rows = pq.read_table(RESULTS / "mini-pipelines@2" / "cells.parquet").to_pylist()
    return [row for row in rows if row["recipe"] == "baseline"]


@pytest.fixture(scope="module")
def scales() -> dict[str, dict[str, dict[str, float]]]:
    terms = json.loads((RESULTS / "mini-pipelines@2" / "leaderboard.json").read_text())["terms"]
    return {pipeline["name"]: pipeline["validation"] for pipeline in terms["pipelines"]}


def mean(rows: list[dict[str, Any]], loss: str) -> float:
    return sum(row[loss] for row in rows) / len(rows)


@pytest.mark.parametrize("board", BOARDS)
def test_every_cell_ran_and_stage_2_converged(board: str) -> None:
    rows = pq.read_table(RESULTS / board / "cells.parquet").to_pylist()
    assert len(rows) == BOARDS[board]
    assert {row["status"] for row in rows} == {"done"}
    assert {row["stopped"] for row in rows} == {"converged"}


def test_the_two_boards_have_what_they_share_in_common() -> None:
    small, large = (pq.read_table(RESULTS / board / "cells.parquet").to_pylist() for board in BOARDS)
    sweep = ("recipe", "pipeline", "seed", "finetuning.learning_rate")
    losses = {tuple(row[name] for name in sweep): row["retained_loss"] for row in large}
    assert all(losses[tuple(row[name] for name in sweep)] == row["retained_loss"] for row in small)


# The mean downstream loss of instruct→music at the lowest rate is 4.04, its nadir 4.02: docs/mini.md.
CLOSE = pytest.param("instruct→music", marks=pytest.mark.xfail(reason="two useful rates, not three", strict=True))


@pytest.mark.parametrize("pipeline", [*PIPELINES[:3], CLOSE])
def test_three_rates_keep_both_losses_of_the_baseline_below_their_nadirs(
    baseline: list[dict[str, Any]], scales: Any, pipeline: str
) -> None:
    rows = [row for row in baseline if row["pipeline"] == pipeline]
    rates = sorted({row["finetuning.learning_rate"] for row in rows})
    useful = 0
    for rate in rates:
        cells = [row for row in rows if row["finetuning.learning_rate"] == rate]
        retained, downstream = mean(cells, "retained_loss_validation"), mean(cells, "downstream_loss_validation")
        nadirs = scales[pipeline]
        useful += retained < nadirs["retained"]["nadir"] and downstream < nadirs["downstream"]["nadir"]
    assert useful >= 3


def test_the_immediate_loss_beats_a_bigram_model(baseline: list[dict[str, Any]], scales: Any) -> None:
    for pipeline in PIPELINES:
        rows = [row for row in baseline if row["pipeline"] == pipeline]
        assert max(row["immediate_loss_validation"] for row in rows) < scales[pipeline]["retained"]["ideal"]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_best_rate_learns_the_downstream_task_better_than_a_bigram_model(
    baseline: list[dict[str, Any]], scales: Any, pipeline: str
) -> None:
    by_rate: dict[float, list[dict[str, Any]]] = {}
    for row in baseline:
        if row["pipeline"] == pipeline:
            by_rate.setdefault(row["finetuning.learning_rate"], []).append(row)
    best = min(mean(rows, "downstream_loss_validation") for rows in by_rate.values())
    assert best < scales[pipeline]["downstream"]["ideal"]
