"""Near-duplicates of test documents in what a pipeline trains on."""

from collections.abc import Sequence
from dataclasses import dataclass

from earlyexp_bench.scoring import Board, CellResult, ClaimResult, Contamination, PipelineTerms
from earlyexp_bench.site.panels import Panel


@dataclass(frozen=True)
class OverlapTable:
    """Near-duplicates of test documents, training domains down and test domains across."""

    tested: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Contamination | None, ...]], ...]


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show a table for each pipeline."""
    pipelines = [{"name": pipeline.name, "overlaps": _overlaps(pipeline)} for pipeline in board.terms.pipelines]
    return Panel("Near-duplicates of test documents in training text", {"pipelines": pipelines})


def _overlaps(pipeline: PipelineTerms) -> OverlapTable | None:
    """Every training text against every test split; None where it was not measured."""
    if pipeline.contamination is None:
        return None
    tested = tuple(dict.fromkeys(overlap.tested for overlap in pipeline.contamination))
    trained = tuple(dict.fromkeys(overlap.trained for overlap in pipeline.contamination))
    table = {(overlap.trained, overlap.tested): overlap for overlap in pipeline.contamination}
    return OverlapTable(tested, tuple((name, tuple(table.get((name, test)) for test in tested)) for name in trained))
