"""Levels, control and the downstream loss before fine-tuning go from benchmark and records to the board's files."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan

LEVELS = "pipelines=[{target: procedural-target, downstream: procedural-downstream, levels: %s}]"
BEFORE = 4.6  # what `recorded` puts on record for a checkpoint that was not fine-tuned


def test_the_downstream_loss_before_fine_tuning_is_in_every_cell(
    options: Options, recorded: Callable[..., Plan]
) -> None:
    recorded(options)
    results = report_benchmark(options)
    assert {cell.test.immediate_downstream for cell in results.cells if cell.test} == {BEFORE}
    table = pq.read_table(results.page.parent / "cells.parquet").to_pydict()
    assert set(table["immediate_downstream_loss"]) == set(table["immediate_downstream_loss_validation"]) == {BEFORE}


@pytest.mark.parametrize(("hardest", "oracle"), [(4.65, True), (4.1, False)])
def test_a_row_that_has_learned_the_downstream_task_before_is_an_oracle(
    options: Options, recorded: Callable[..., Plan], hardest: float, oracle: bool
) -> None:
    options = replace(options, overrides=(*options.overrides, LEVELS % [5, 4.9, hardest]))
    recorded(options)
    assert report_benchmark(options).board.row("early").pipelines[0].oracle is oracle


def test_a_benchmarks_own_levels_and_control_are_the_boards(options: Options, recorded: Callable[..., Plan]) -> None:
    control = ("recipes.longer={exposure: {fraction: 1, source: general}}", "scoring.control=longer")
    options = replace(options, overrides=(*options.overrides, LEVELS % [4.4, 4.3, 4.1], *control))
    recorded(options)
    board = report_benchmark(options).board
    (pipeline,) = board.terms.pipelines
    assert (pipeline.levels, pipeline.levels_from) == ((4.4, 4.3, 4.1), "benchmark")
    contrast = board.row("early").pipelines[0].control
    assert contrast is not None and contrast.against == "longer" and contrast.own is not None
    assert [level.level for level in board.row("early").pipelines[0].whole.levels] == [4.4, 4.3, 4.1]
