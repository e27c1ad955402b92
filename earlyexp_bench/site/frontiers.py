"""The frontiers: one loss against another, cell by cell and in the mean."""

from collections.abc import Sequence
from typing import Literal

import altair as alt

from earlyexp_bench.scoring import Board
from earlyexp_bench.site.charts import Look, Spec, data_of, spec_of
from earlyexp_bench.site.frames import Frame, within

HEIGHT = 330
LOW = 250  # of one plot among several of a view


def height_of(recipes: Sequence[str], board: Board) -> int:
    """Height of a plot of these recipes: lower where the others have plots of their own."""
    return HEIGHT if len(recipes) == len(board.rows) else LOW


def frontier(
    frame: Frame,
    look: Look,
    *,
    width: int | Literal["container"] = "container",
    height: int = HEIGHT,
    legend: bool = False,
) -> Spec:
    """Every cell faintly; each recipe's means over the seeds, joined, with intervals; the unigram losses dashed."""
    x = alt.X("x:Q", title=frame.x_title, scale=alt.Scale(domain=list(frame.x_domain), nice=False, zero=False))
    y = alt.Y("y:Q", title=frame.y_title, scale=alt.Scale(domain=list(frame.y_domain), nice=False, zero=False))
    color, shape = look.color(legend), look.shape(legend)
    tooltip = _cell_tooltip(frame)
    inside = alt.Chart(data_of(cell for cell in frame.cells if not cell["beyond"]))
    beyond = alt.Chart(data_of(cell for cell in frame.cells if cell["beyond"]))
    means = alt.Chart(data_of(frame.means))
    layers = [
        *_level_lines(frame),
        *_unigram_lines(frame),
        beyond.mark_point(size=26, opacity=0.3, strokeWidth=1).encode(
            x, y, shape=shape, color=alt.value("currentColor"), tooltip=tooltip
        ),
        inside.mark_point(size=26, opacity=0.45 if frame.means else 0.85, filled=True).encode(
            x, y, color=color, shape=shape, tooltip=tooltip
        ),
        alt.Chart(data_of(frame.lines))
        .mark_line(strokeWidth=2)
        .encode(x, y, color=color, detail="curve:N", order="order:Q"),
        means.mark_rule(strokeWidth=1.2, opacity=0.8, clip=True).encode(
            alt.X("x_low:Q", title=frame.x_title), y, x2="x_high:Q", color=color
        ),
        means.mark_rule(strokeWidth=1.2, opacity=0.8, clip=True).encode(
            x, alt.Y("y_low:Q", title=frame.y_title), y2="y_high:Q", color=color
        ),
        means.mark_point(size=75, filled=True, opacity=1).encode(
            x, y, color=color, shape=shape, tooltip=_mean_tooltip(frame)
        ),
    ]
    return spec_of(alt.layer(*layers).properties(width=width, height=height))


def _level_lines(frame: Frame) -> list[alt.LayerChart | alt.Chart]:
    """The downstream losses at which recipes are compared."""
    shown = [level for level in frame.levels if within(level, frame.x_domain)]
    if not shown:
        return []
    top = alt.Chart(data_of({"x": level, "said": f"{level:.2f}"} for level in shown))
    label = {"color": "currentColor", "opacity": 0.75, "fontSize": 10.5, "baseline": "bottom", "dy": -3}
    return [
        top.mark_rule(color="currentColor", opacity=0.4, strokeWidth=1).encode(alt.X("x:Q")),
        top.mark_text(**label).encode(alt.X("x:Q"), y=alt.value(0), text=alt.Text("said:N")),
    ]


def _unigram_lines(frame: Frame) -> list[alt.LayerChart | alt.Chart]:
    style = {"color": "currentColor", "opacity": 0.45, "strokeDash": [4, 4], "clip": True}
    label = {"color": "currentColor", "opacity": 0.6, "fontSize": 10.5, "text": "unigram loss"}
    lines = []
    if frame.x_nadir is not None and within(frame.x_nadir, frame.x_domain):
        chart = alt.Chart(data_of([{"x": frame.x_nadir}]))
        lines += [chart.mark_rule(**style).encode(alt.X("x:Q"))]
    if frame.y_nadir is not None and within(frame.y_nadir, frame.y_domain):
        chart = alt.Chart(data_of([{"y": frame.y_nadir, "x": frame.x_domain[0]}]))
        lines += [
            chart.mark_rule(**style).encode(alt.Y("y:Q")),
            chart.mark_text(align="left", dx=4, dy=-6, **label).encode(alt.X("x:Q"), alt.Y("y:Q")),
        ]
    return lines


def _cell_tooltip(frame: Frame) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("recipe:N"),
        alt.Tooltip("seed:Q"),
        alt.Tooltip("sweep:N"),
        alt.Tooltip("x:Q", title=frame.x_name, format=".3f"),
        alt.Tooltip("y:Q", title=frame.y_name, format=".3f"),
        alt.Tooltip("note:N"),
    ]


def _mean_tooltip(frame: Frame) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("recipe:N"),
        alt.Tooltip("sweep:N"),
        alt.Tooltip("x_text:N", title=frame.x_name),
        alt.Tooltip("y_text:N", title=frame.y_name),
    ]
