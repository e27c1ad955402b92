"""The frontiers: retained loss against downstream and pretraining loss, pipeline by pipeline."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import Spec, legend_of, look_of
from earlyexp_bench.site.frames import VIEWS, Frame, View, company, frame_of
from earlyexp_bench.site.frontiers import frontier, height_of
from earlyexp_bench.site.numbers import plain
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.wording import listed


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show both views of each pipeline, once for each set of recipes that shares a plot."""
    charts: dict[str, Spec] = {}
    pipelines, sets = [], company(board)
    for index, pipeline in enumerate(board.terms.pipelines):
        plots = []
        for place, recipes in enumerate(sets):
            ending = f"{index}-{place}" if place else f"{index}"
            frames = {view: frame_of(board, cells, pipeline.name, view, recipes) for view in VIEWS}
            charts |= {f"{view}-{ending}": _plot(board, recipes, frame) for view, frame in frames.items() if frame}
            views = [_view(view, ending, frame) for view, frame in frames.items()]
            plots.append({"legend": legend_of(look_of(board).only(recipes)), "views": views})
        pipelines.append((pipeline.name, plots))
    return Panel("Frontiers", {"divided": len(sets) > 1, "pipelines": pipelines}, charts)


def _plot(board: Board, recipes: Sequence[str], frame: Frame) -> Spec:
    return frontier(frame, look_of(board).only(recipes), height=height_of(recipes, board))


def _view(view: View, ending: str, frame: Frame | None) -> dict[str, Any]:
    return {"name": view, "chart": f"{view}-{ending}" if frame else None, "notes": _notes(frame) if frame else []}


def _notes(frame: Frame) -> list[str]:
    """What a reader must know of a plot that does not show everything."""
    notes = []
    if frame.beyond:
        notes.append(f"{_cells(frame.beyond)} worse than word frequencies on an axis (hollow)")
    if frame.outside:
        notes.append(f"{_cells(frame.outside)} outside the plot")
    if frame.absent:
        notes.append(f"every cell of {listed(frame.absent)} is worse than word frequencies on an axis")
    for name, nadir, domain in (
        (frame.x_name, frame.x_nadir, frame.x_domain),
        (frame.y_name, frame.y_nadir, frame.y_domain),
    ):
        if nadir is not None and nadir > domain[1]:
            notes.append(f"unigram {name} at {plain(nadir)}, outside the plot")
    return notes


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"
