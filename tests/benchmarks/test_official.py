"""The committed results of `mini` obey the rules that sized it (validation split, the baseline alone)."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "mini@2"


@pytest.fixture(scope="module")
def baseline() -> list[dict[str, Any]]:
    rows = pq.read_table(RESULTS / "cells.parquet").to_pylist()
    return [row for row in rows if row["recipe"] == "baseline"]


@pytest.fixture(scope="module")
def scales() -> dict[str, dict[str, dict[str, float]]]:
    terms = json.loads((RESULTS / "leaderboard.json").read_text())["terms"]
    return {pipeline["name"]: pipeline["validation"] for pipeline in terms["pipelines"]}


def mean(rows: list[dict[str, Any]], loss: str) -> float:
    return sum(row[loss] for row in rows) / len(rows)


def test_every_cell_ran_and_stage_2_converged() -> None:
    rows = pq.read_table(RESULTS / "cells.parquet").to_pylist()
    assert len(rows) == 4 * 2 * 5 * 4  # recipes, pipelines, seeds, rates
    assert {row["status"] for row in rows} == {"done"}
    assert {row["stopped"] for row in rows} == {"converged"}


@pytest.mark.parametrize("pipeline", ["music→instruct", "music→chemistry"])
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
    bigram = scales["music→instruct"]["retained"]["ideal"]
    assert max(row["immediate_loss_validation"] for row in baseline) < bigram


@pytest.mark.parametrize("pipeline", ["music→instruct", "music→chemistry"])
def test_the_best_rate_learns_the_downstream_task_better_than_a_bigram_model(
    baseline: list[dict[str, Any]], scales: Any, pipeline: str
) -> None:
    by_rate: dict[float, list[dict[str, Any]]] = {}
    for row in baseline:
        if row["pipeline"] == pipeline:
            by_rate.setdefault(row["finetuning.learning_rate"], []).append(row)
    best = min(mean(rows, "downstream_loss_validation") for rows in by_rate.values())
    assert best < scales[pipeline]["downstream"]["ideal"]
