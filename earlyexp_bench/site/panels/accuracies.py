"""Answers to multiple-choice tasks, where some recipe is above chance."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Accuracy, Board, CellResult, ClaimResult, PipelineScore
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.rows import column

Answered = list[tuple[str, Accuracy]]  # recipe and what it answered


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show the tasks on which some recipe's interval lies above chance; nothing where there is none."""
    found = [(pipeline.name, _tasks(column(board, pipeline.name))) for pipeline in board.terms.pipelines]
    pipelines = [{"name": name, "accuracies": tasks} for name, tasks in found if tasks]
    return Panel("Answers to multiple-choice tasks", {"pipelines": pipelines}) if pipelines else None


def _tasks(scores: Sequence[PipelineScore]) -> list[tuple[str, Answered]]:
    """Recipes that answered a task, task by task."""
    tasks = sorted({accuracy.task for score in scores for accuracy in score.shown.accuracies})
    found = {task: [(s.recipe, a) for s in scores for a in s.shown.accuracies if a.task == task] for task in tasks}
    return [(task, rows) for task, rows in found.items() if any(_above_chance(accuracy) for _, accuracy in rows)]


def _above_chance(found: Accuracy) -> bool:
    low = found.accuracy.low if found.accuracy else None
    return low is not None and low > found.chance
