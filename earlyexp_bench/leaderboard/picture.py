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

WIDTH = 380
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
    look = look_of(board)
    studied = [[lambda_curve(curve, width=WIDTH) for curve in curves_of(board, terms)] for terms in studies(board)]
    columns: list[Spec] = []
    for index, pipeline in enumerate(board.terms.pipelines):
        frame = frame_of(board, cells, pipeline.name, "downstream")
        plots = [intervals(board, pipeline.name, look, width=WIDTH)]
        if frame is not None:
            plots.insert(0, frontier(frame, look, width=WIDTH, legend=index == 0))
        title = {"text": pipeline.name, "fontSize": 14}
        columns.append({"vconcat": _without_schema(plots), "title": title, "spacing": 24})
    theme = {**config(), "font": "Helvetica, Arial, sans-serif"}
    schema = f"https://vega.github.io/schema/vega-lite/{alt.SCHEMA_VERSION}.json"
    rows: list[Spec] = [{"hconcat": _without_schema(plots)} for plots in studied if plots]
    rows.append({"hconcat": columns, "spacing": 36})
    return {"$schema": schema, "vconcat": rows, "background": "white", "padding": 12, "spacing": 36, "config": theme}


def _without_schema(plots: Sequence[Spec]) -> list[Spec]:
    """Plots as parts of one: only the whole names its schema."""
    return [{key: value for key, value in plot.items() if key != "$schema"} for plot in plots]
