"""The gains and the frontiers as one picture, for a README or a slide."""

from collections.abc import Sequence
from pathlib import Path

import altair as alt
import vl_convert

from earlyexp_bench.contracts import UserError
from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import Spec, config, look_of
from earlyexp_bench.site.curves import claim_curve, studies
from earlyexp_bench.site.frames import company, frame_of
from earlyexp_bench.site.frontiers import frontier, height_of
from earlyexp_bench.site.intervals import intervals
from earlyexp_bench.store import write_atomic

# Two columns of this width and letters of this size can be read where a README is 830 pixels wide.
COLUMNS = 2
WIDTH = 360
GAINS_WIDTH = 200  # beside it stand names on the left and verdicts on the right
FONT_SIZE = 12.5
SCALE = 2.0
# Else grids that show other recipes would share one legend, and colours with it.
APART: Spec = {"scale": {"color": "independent", "shape": "independent"}}


def write_picture(board: Board, cells: Sequence[CellResult], path: Path, *, claims: Sequence[ClaimResult] = ()) -> Path:
    """Render every pipeline's gains above its frontier in (downstream, retained), curves of claims first; on white.

    Args:
        board: A scored board.
        cells: The cells it was scored from.
        path: Ends in ``.svg`` or ``.png``.
        claims: Verdicts on the claims that the benchmark states.

    Raises:
        UserError: Another ending.
    """
    spec = picture_spec(board, cells, claims)
    version = "_".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]).replace("_", ".")
    if path.suffix == ".svg":
        data = vl_convert.vegalite_to_svg(spec, vl_version=version).encode()
    elif path.suffix == ".png":
        data = vl_convert.vegalite_to_png(spec, vl_version=version, scale=SCALE)
    else:
        raise UserError(f"cannot draw {path.name}", expected="a file name that ends in .svg or .png")
    write_atomic(path, data, durable=False)
    return path


def picture_spec(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult] = ()) -> Spec:
    """The picture as Vega-Lite."""
    studied = [[claim_curve(board, curve, width=WIDTH) for curve in curves] for curves in studies(claims)]
    grids: list[Spec] = [_grid(plots) for plots in studied]
    names = [pipeline.name for pipeline in board.terms.pipelines]
    for first in range(0, len(names), COLUMNS):
        grids += [_grid(plots) for plots in _pipelines(board, cells, names[first : first + COLUMNS], first == 0)]
    theme = {**config(FONT_SIZE), "font": "Helvetica, Arial, sans-serif"}
    schema = f"https://vega.github.io/schema/vega-lite/{alt.SCHEMA_VERSION}.json"
    whole: Spec = {"vconcat": grids, "spacing": 36, "resolve": APART}
    return {"$schema": schema, **whole, "background": "white", "padding": 12, "config": theme}


def _pipelines(board: Board, cells: Sequence[CellResult], names: Sequence[str], first: bool) -> list[list[Spec]]:
    """The gains of pipelines that stand side by side, then their frontiers: grids with one legend each."""
    sets = company(board)
    plotted = [_frontiers(board, cells, names, recipes, first or len(sets) > 1) for recipes in sets]
    gains = [_titled(intervals(board, name, look_of(board), width=GAINS_WIDTH), name) for name in names]
    return [gains, *(plots for plots in plotted if plots)]


def _frontiers(
    board: Board, cells: Sequence[CellResult], names: Sequence[str], recipes: Sequence[str], legend: bool
) -> list[Spec]:
    """A plot for each pipeline, the first with the legend of all; none where nothing has run in any."""
    look, height = look_of(board).only(recipes), height_of(recipes, board)
    frames = {name: frame_of(board, cells, name, "downstream", recipes) for name in names}
    if not any(frames.values()):
        return []
    return [
        frontier(frame, look, width=WIDTH, height=height, legend=legend and name == names[0]) if frame else _nothing()
        for name, frame in frames.items()
    ]


def _nothing() -> Spec:
    """Keep the place of a frontier of which nothing has run, so that columns stay what they are."""
    return {"data": {"values": [{}]}, "mark": {"type": "text", "text": "no cell yet"}, "width": WIDTH}


def _titled(plot: Spec, title: str) -> Spec:
    return {**plot, "title": {"text": title, "fontSize": FONT_SIZE + 1.5}}


def _grid(plots: Sequence[Spec]) -> Spec:
    """Plots in aligned columns; only the whole names its schema."""
    parts = [{key: value for key, value in plot.items() if key != "$schema"} for plot in plots]
    spacing = {"row": 24, "column": 36}
    return {"concat": parts, "columns": min(COLUMNS, len(parts)), "spacing": spacing}
