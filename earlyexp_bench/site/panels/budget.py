"""What a cell of each recipe costs: tokens by stage and source, and floating-point operations."""

from collections.abc import Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, PipelineScore, Summary
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import column

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


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a table for each pipeline."""
    pipelines = [{"name": p.name, "budget": _budget(column(board, p.name))} for p in board.terms.pipelines]
    return Panel("Budget", {"pipelines": pipelines})


def _budget(scores: Sequence[PipelineScore]) -> BudgetTable:
    """What each recipe's cells cost, mean over those of a row that are done."""
    by_stage = any(score.shown.ledger for score in scores)
    spent = [_by_stage(score.shown) if by_stage else _by_source(score.shown) for score in scores]
    columns = tuple(sorted({entry for tokens in spent for entry in tokens}, key=_reading_order))
    rows = [
        (
            score.recipe,
            tuple(tokens.get(entry, 0.0) if tokens else None for entry in columns),
            sum(score.shown.tokens.values()) if score.shown.tokens else None,
            score.shown.flops,
        )
        for score, tokens in zip(scores, spent, strict=True)
    ]
    return BudgetTable(columns, tuple(rows))


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
