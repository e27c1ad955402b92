"""The tables behind the scores: answers, budgets, twins of test documents in training text."""

from collections.abc import Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring import Accuracy, BoardTerms, Contamination, PipelineScore, PipelineTerms, Summary

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
class TwinTable:
    """Twins of test documents, training domains down and test domains across."""

    tested: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Contamination | None, ...]], ...]


def accuracy_tables(scores: Sequence[PipelineScore]) -> list[tuple[str, list[tuple[str, Accuracy]]]]:
    """Recipes that answered a task, task by task."""
    tasks = sorted({accuracy.task for score in scores for accuracy in score.shown.accuracies})
    return [(task, [(s.recipe, a) for s in scores for a in s.shown.accuracies if a.task == task]) for task in tasks]


def budget_table(scores: Sequence[PipelineScore]) -> BudgetTable:
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


def twin_table(pipeline: PipelineTerms) -> TwinTable | None:
    """Every training text against every test split; None where it was not measured."""
    if pipeline.contamination is None:
        return None
    tested = tuple(dict.fromkeys(found.tested for found in pipeline.contamination))
    trained = tuple(dict.fromkeys(found.trained for found in pipeline.contamination))
    table = {(found.trained, found.tested): found for found in pipeline.contamination}
    return TwinTable(tested, tuple((name, tuple(table.get((name, test)) for test in tested)) for name in trained))


def disqualified(terms: BoardTerms) -> list[tuple[str, str]]:
    """Recipes over the benchmark's budget, and by how much."""
    return [(recipe.name, recipe.disqualified) for recipe in terms.recipes if recipe.disqualified]


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
