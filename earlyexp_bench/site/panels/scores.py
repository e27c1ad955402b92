"""The tables: scores, and behind them sweep points, further measures, answers, budgets and near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earlyexp_bench.scoring import (
    Accuracy,
    Board,
    CellResult,
    ClaimResult,
    Contamination,
    PipelineScore,
    PipelineTerms,
    Summary,
    further_scores,
    scores_of,
)
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.wording import elsewhere_worse, reasons

STAGES = {"pretrain": "stage 1", "posttrain": "stage 2", "finetune": "stage 3"}
ALL_STAGES = "all stages"


@dataclass(frozen=True)
class BudgetTable:
    """Tokens of a cell by stage and source; where no ledger was kept, by source.

    Attributes:
        columns: (stage, source).
        rows: Recipe, tokens by column, their sum, FLOPs; no numbers where nothing of a row is done.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[float | None, ...], float | None, float | None], ...]


@dataclass(frozen=True)
class OverlapTable:
    """Near-duplicates of test documents, training domains down and test domains across."""

    tested: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Contamination | None, ...]], ...]


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the tables of each pipeline, and the average where there are several."""
    others = [row for row in board.rows if row.recipe != board.terms.reference]
    averages = [{"row": row, "worse": row.judged("worse")} for row in others]
    values = {
        "pipelines": [_pipeline(board, terms) for terms in board.terms.pipelines],
        "further": further_scores(board.terms.metric_version),
        "averages": averages if len(board.terms.pipelines) > 1 else [],
    }
    return Panel("Scores", values)


def _pipeline(board: Board, terms: PipelineTerms) -> dict[str, Any]:
    scores = [board.score(row.recipe, terms.name) for row in board.rows]
    return {
        "terms": terms,
        "rows": [(score, board.terms.recipe(score.recipe), elsewhere_worse(board, score)) for score in scores],
        "middle": next((point for score in scores if (point := score.shown.middle_point)), None),
        "unfinished": any(score.so_far for score in scores),
        "scores": scores,
        "measures": _measures(scores),
        "reasons": reasons(scores),
        "gaps": _gaps(board, scores),
        "accuracies": _accuracies(scores),
        "budget": _budget(scores),
        "overlaps": _overlaps(terms),
    }


def _gaps(board: Board, scores: Sequence[PipelineScore]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Scores that are undefined for some rows, each with these rows and why."""
    rows = {
        score.title: [(row.recipe, why) for row in scores if (why := row.shown.reasons.get(score.name))]
        for score in scores_of(board.terms.metric_version)
    }
    return [(title, listed) for title, listed in rows.items() if listed]


def _measures(scores: Sequence[PipelineScore]) -> list[tuple[str, list[float | None]]]:
    """Further measures at the middle of the sweep: name, and one value for each recipe."""
    measured = [middle.metrics if (middle := score.shown.middle_point) else {} for score in scores]
    names = sorted({name for metrics in measured for name in metrics})
    return [(name, [metrics.get(name) for metrics in measured]) for name in names]


def _accuracies(scores: Sequence[PipelineScore]) -> list[tuple[str, list[tuple[str, Accuracy]]]]:
    """Recipes that answered a task, task by task."""
    tasks = sorted({accuracy.task for score in scores for accuracy in score.shown.accuracies})
    return [(task, [(s.recipe, a) for s in scores for a in s.shown.accuracies if a.task == task]) for task in tasks]


def _budget(scores: Sequence[PipelineScore]) -> BudgetTable:
    """What each recipe's cells cost, mean over those of a row that are done."""
    by_stage = any(score.shown.ledger for score in scores)
    spent = [_by_stage(score.shown) if by_stage else _by_source(score.shown) for score in scores]
    columns = tuple(sorted({column for tokens in spent for column in tokens}, key=_reading_order))
    rows = [
        (
            score.recipe,
            tuple(tokens.get(column, 0.0) if tokens else None for column in columns),
            sum(score.shown.tokens.values()) if score.shown.tokens else None,
            score.shown.flops,
        )
        for score, tokens in zip(scores, spent, strict=True)
    ]
    return BudgetTable(columns, tuple(rows))


def _overlaps(pipeline: PipelineTerms) -> OverlapTable | None:
    """Every training text against every test split; None where it was not measured."""
    if pipeline.contamination is None:
        return None
    tested = tuple(dict.fromkeys(overlap.tested for overlap in pipeline.contamination))
    trained = tuple(dict.fromkeys(overlap.trained for overlap in pipeline.contamination))
    table = {(overlap.trained, overlap.tested): overlap for overlap in pipeline.contamination}
    return OverlapTable(tested, tuple((name, tuple(table.get((name, test)) for test in tested)) for name in trained))


def _by_stage(score: Summary) -> dict[tuple[str, str], float]:
    return {
        (STAGES.get(stage, stage), source): tokens
        for stage, sources in score.ledger.items()
        for source, tokens in sources.items()
    }


def _by_source(score: Summary) -> dict[tuple[str, str], float]:
    return {(ALL_STAGES, source): tokens for source, tokens in score.tokens.items()}


def _reading_order(column: tuple[str, str]) -> tuple[str, bool, str]:
    """Stages as they run, the general corpus first in each."""
    stage, source = column
    return stage, source != "general", source
