"""The frontiers and the intervals as one picture, for a README or a slide."""

from collections.abc import Sequence
from pathlib import Path

import altair as alt
import vl_convert

from earlyexp_bench.contracts import UserError
from earlyexp_bench.leaderboard.charts import Spec, config, look_of
from earlyexp_bench.leaderboard.curves import curves_of, lambda_curve, studies
from earlyexp_bench.leaderboard.files import replace_bytes
from earlyexp_bench.leaderboard.frames import frame_of
from earlyexp_bench.leaderboard.frontiers import frontier
from earlyexp_bench.leaderboard.intervals import intervals
from earlyexp_bench.scoring import Board, CellResult

# Two columns of this width and letters of this size can be read where a README is 830 pixels wide.
COLUMNS = 2
WIDTH = 330
FONT_SIZE = 12.5
SCALE = 2.0


def write_picture(board: Board, cells: Sequence[CellResult], path: Path) -> Path:
    """Render every pipeline's frontier in (downstream, retained) above its Δhypervolume, studies of λ first; on white.

    Args:
        board: A scored board.
        cells: The cells it was scored from.
        path: Ends in ``.svg`` or ``.png``.

    Raises:
        UserError: Another ending.
    """
    spec = picture_spec(board, cells)
    version = "_".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]).replace("_", ".")
    if path.suffix == ".svg":
        data = vl_convert.vegalite_to_svg(spec, vl_version=version).encode()
    elif path.suffix == ".png":
        data = vl_convert.vegalite_to_png(spec, vl_version=version, scale=SCALE)
    else:
        raise UserError(f"cannot draw {path.name}", expected="a file name that ends in .svg or .png")
    replace_bytes(path, data)
    return path


def picture_spec(board: Board, cells: Sequence[CellResult]) -> Spec:
    """The picture as Vega-Lite."""
    studied = [[lambda_curve(curve, width=WIDTH) for curve in curves_of(board, terms)] for terms in studies(board)]
    grids: list[Spec] = [_grid(plots) for plots in studied if plots]
    names = [pipeline.name for pipeline in board.terms.pipelines]
    for first in range(0, len(names), COLUMNS):
        grids.append(_grid(_pipelines(board, cells, names[first : first + COLUMNS], legend=first == 0)))
    theme = {**config(FONT_SIZE), "font": "Helvetica, Arial, sans-serif"}
    schema = f"https://vega.github.io/schema/vega-lite/{alt.SCHEMA_VERSION}.json"
    return {"$schema": schema, "vconcat": grids, "background": "white", "padding": 12, "spacing": 36, "config": theme}


def _pipelines(board: Board, cells: Sequence[CellResult], names: Sequence[str], *, legend: bool) -> list[Spec]:
    """The frontiers of pipelines that stand side by side, then their differences."""
    look = look_of(board)
    frames = {name: frame_of(board, cells, name, "downstream") for name in names}
    differences = [intervals(board, name, look, width=WIDTH) for name in names]
    if not any(frames.values()):
        return [_titled(plot, name) for plot, name in zip(differences, names, strict=True)]
    plots = {
        name: frontier(frame, look, width=WIDTH, legend=legend and name == names[0]) if frame else _nothing()
        for name, frame in frames.items()
    }
    return [*(_titled(plot, name) for name, plot in plots.items()), *differences]


def _nothing() -> Spec:
    """Keep the place of a frontier of which nothing has run, so that columns stay what they are."""
    return {"data": {"values": [{}]}, "mark": {"type": "text", "text": "no cell yet"}, "width": WIDTH}


def _titled(plot: Spec, title: str) -> Spec:
    return {**plot, "title": {"text": title, "fontSize": FONT_SIZE + 1.5}}


def _grid(plots: Sequence[Spec]) -> Spec:
    """Plots in aligned columns; only the whole names its schema."""
    parts = [{key: value for key, value in plot.items() if key != "$schema"} for plot in plots]
    return {"concat": parts, "columns": min(COLUMNS, len(parts)), "spacing": {"row": 24, "column": 36}}
