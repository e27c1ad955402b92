"""The committed results of the studies obey the rules that sized them: validation, the reference recipe alone."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
BOARDS = {"mini@2": 4 * 2 * 5 * 4, "mini-pipelines@2": 8 * 4 * 5 * 4}  # recipes, pipelines, seeds, rates
PROCEDURAL = {"aa@1"}
SUPERSEDED = {"mini@1", "lora@1"}

# Where the rules do not hold is said in docs/mini.md and docs/studies.md. The strict marks keep both in step.
TWO_RATES = "two useful rates, not three: the downstream loss at the lowest one is just beyond its nadir"
ONE_PASS = "one pass acquires little at this size: no rate leaves the reference better than word frequencies on both"
TOO_SMALL = "2.7K tokens of target are too few for this model"
EXCEPTIONS = {
    ("mini-pipelines@2", "instruct→music"): TWO_RATES,
    ("frontiers@2", "instruct→music"): TWO_RATES,
    ("lambda-study@1", "music→chemistry 2.7K"): TOO_SMALL,
    **{
        (board, f"music→chemistry {size}"): ONE_PASS
        for board in ("allocation-study@1", "allocation-warmup@1")
        for size in ("2.7K", "13.5K", "27K")
    },
}


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


def terms_of(board: str) -> dict[str, Any]:
    return json.loads((RESULTS / board / "leaderboard.json").read_text())["terms"]


def cases(exceptions: Mapping[tuple[str, str], str]) -> list[Any]:
    boards = sorted({path.name for path in RESULTS.iterdir()} - PROCEDURAL - SUPERSEDED)
    pairs = [(board, pipeline["name"]) for board in boards for pipeline in terms_of(board)["pipelines"]]
    return [
        pytest.param(*pair, marks=pytest.mark.xfail(reason=exceptions[pair], strict=True) if pair in exceptions else ())
        for pair in pairs
    ]


@functools.cache
def cells_of(board: str) -> list[dict[str, Any]]:
    return pq.read_table(RESULTS / board / "cells.parquet").to_pylist()


def reference(board: str, pipeline: str) -> tuple[dict[tuple[float, float], list[dict[str, Any]]], dict[str, Any]]:
    """Cells of the reference by rates of stages 2 and 3, and the units of the axes on validation."""
    terms = terms_of(board)
    settings: dict[tuple[float, float], list[dict[str, Any]]] = {}
    for row in cells_of(board):
        if (row["recipe"], row["pipeline"]) == (terms["reference"], pipeline):
            settings.setdefault((row["posttraining.learning_rate"], row["finetuning.learning_rate"]), []).append(row)
    (scales,) = (found["validation"] for found in terms["pipelines"] if found["name"] == pipeline)
    return settings, scales


@pytest.mark.parametrize(("board", "pipeline"), cases(EXCEPTIONS))
def test_three_rates_keep_both_losses_of_the_reference_below_their_nadirs(board: str, pipeline: str) -> None:
    """At one rate of stage 2 at least."""
    settings, scales = reference(board, pipeline)
    useful: dict[float, int] = {}
    for (stage_2, _), rows in settings.items():
        retained, downstream = mean(rows, "retained_loss_validation"), mean(rows, "downstream_loss_validation")
        within = retained < scales["retained"]["nadir"] and downstream < scales["downstream"]["nadir"]
        useful[stage_2] = useful.get(stage_2, 0) + within
    assert max(useful.values()) >= 3


@pytest.mark.parametrize(
    ("board", "pipeline"), cases({pair: why for pair, why in EXCEPTIONS.items() if why != TWO_RATES})
)
def test_the_best_immediate_loss_beats_a_bigram_model(board: str, pipeline: str) -> None:
    settings, scales = reference(board, pipeline)
    best = min(mean(rows, "immediate_loss_validation") for rows in settings.values())
    assert best < scales["retained"]["ideal"]


@pytest.mark.parametrize(("board", "pipeline"), cases({}))
def test_the_best_rate_learns_the_downstream_task_better_than_a_bigram_model(board: str, pipeline: str) -> None:
    settings, scales = reference(board, pipeline)
    best = min(mean(rows, "downstream_loss_validation") for rows in settings.values())
    assert best < scales["downstream"]["ideal"]
