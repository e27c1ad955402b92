"""Vega-Lite plots by altair. Neutral colours are ``currentColor``, so a page's own theme decides them.

Recipes wear the Okabe–Ito palette (doi:10.1038/nmeth.1618) and a shape, the reference a grey; the same in every plot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from earlyexp_bench.leaderboard.frames import Frame
from earlyexp_bench.scoring import Board, Estimate, PipelineScore, Row

GREY = "#7d7d7d"
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#B8A800")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
HEIGHT = 330
INTERVAL_ROW = 30
Spec = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """Colour and shape of every recipe on a board."""

    recipes: tuple[str, ...]
    colors: tuple[str, ...]
    shapes: tuple[str, ...]

    def color(self, legend: bool) -> alt.Color:
        """Encoding of the recipe as a colour."""
        scale = alt.Scale(domain=list(self.recipes), range=list(self.colors))
        return alt.Color(
            "recipe:N", scale=scale, legend=alt.Legend(title=None, orient="top", symbolOpacity=1) if legend else None
        )

    def shape(self, legend: bool) -> alt.Shape:
        """Encoding of the recipe as a shape."""
        scale = alt.Scale(domain=list(self.recipes), range=list(self.shapes))
        return alt.Shape(
            "recipe:N", scale=scale, legend=alt.Legend(title=None, orient="top", symbolOpacity=1) if legend else None
        )


def look_of(board: Board) -> Look:
    """Give every recipe its looks: by its place on the board, so a result that lands changes none."""
    names = tuple(recipe.name for recipe in board.terms.recipes)
    others = [name for name in names if name != board.terms.reference]
    place = {name: index for index, name in enumerate(others)}
    colors = [OKABE_ITO[place[name] % len(OKABE_ITO)] if name in place else GREY for name in names]
    # Seven colours and six shapes repeat together only after 42 recipes.
    shapes = [SHAPES[(place[name] + 1) % len(SHAPES)] if name in place else SHAPES[0] for name in names]
    return Look(names, tuple(colors), tuple(shapes))


def frontier(
    frame: Frame, look: Look, *, width: int | Literal["container"] = "container", legend: bool = False
) -> Spec:
    """Every cell faintly; each recipe's means over the seeds, joined, with intervals; the nadir dashed."""
    x = alt.X("x:Q", title=frame.x_title, scale=alt.Scale(domain=list(frame.x_domain), nice=False, zero=False))
    y = alt.Y("y:Q", title=frame.y_title, scale=alt.Scale(domain=list(frame.y_domain), nice=False, zero=False))
    color, shape = look.color(legend), look.shape(legend)
    tooltip = _cell_tooltip(frame)
    inside = alt.Chart(data_of(cell for cell in frame.cells if not cell["beyond"]))
    beyond = alt.Chart(data_of(cell for cell in frame.cells if cell["beyond"]))
    means = alt.Chart(data_of(frame.means))
    layers = [
        *_nadir_lines(frame),
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
    return spec_of(alt.layer(*layers).properties(width=width, height=HEIGHT))


def intervals(
    board: Board, pipeline: str | None, look: Look, *, width: int | Literal["container"] = "container"
) -> Spec:
    """Δhypervolume of every row but the reference on one pipeline, or on their average.

    Mean, the row's own interval, thinner the one for all rows at once (not on averages), and the seeds.
    """
    rows = [row for row in board.rows if row.recipe != board.terms.reference]
    values = [value for row in rows for value in _interval_values(row, pipeline)]
    seeds = [value for row in rows for value in _seed_values(row, pipeline)]
    low, high = interval_domain(board)
    axis = alt.Axis(title=None, labelLimit=220, ticks=False, domain=False, labelPadding=8)
    y = alt.Y(
        "recipe:N", sort=[row.recipe for row in rows], axis=axis, scale=alt.Scale(domain=[r.recipe for r in rows])
    )
    x = alt.X("mean:Q", title="Δhypervolume", scale=alt.Scale(domain=[low, high], nice=False))
    color, chart = look.color(False), alt.Chart(data_of(values))
    tooltip = [alt.Tooltip("recipe:N"), alt.Tooltip("mean:Q", format="+.4f"), alt.Tooltip("interval:N", title="95%")]
    if pipeline is not None:
        tooltip += [alt.Tooltip("simultaneous:N", title="95%, all rows at once"), alt.Tooltip("verdict:N")]
    layers = [
        alt.Chart(data_of([{"zero": 0.0}])).mark_rule(color="currentColor", opacity=0.55).encode(alt.X("zero:Q")),
        alt.Chart(data_of(seeds)).mark_tick(thickness=1.2, size=9, opacity=0.55).encode(x=x, y=y, color=color),
        chart.mark_rule(strokeWidth=1, opacity=0.8).encode(alt.X("all_low:Q"), y, x2="all_high:Q", color=color),
        chart.mark_rule(strokeWidth=2.8).encode(alt.X("low:Q"), y, x2="high:Q", color=color),
        chart.mark_point(size=90, filled=True, opacity=1).encode(
            x, y, color=color, shape=look.shape(False), tooltip=tooltip
        ),
    ]
    return spec_of(alt.layer(*layers).properties(width=width, height=INTERVAL_ROW * len(rows) + 10))


def interval_domain(board: Board) -> tuple[float, float]:
    """One range of Δhypervolume for all pipelines, zero included, so that panels can be compared."""
    ends = [0.0]
    for row in board.rows:
        for estimate in (row.hypervolume_difference, *(_simultaneous(score) for score in row.pipelines)):
            if estimate is not None:
                ends += [value for value in (estimate.mean, estimate.low, estimate.high) if value is not None]
        ends += [value["mean"] for score in row.pipelines for value in _seed_values(row, score.pipeline)]
    pad = 0.06 * ((max(ends) - min(ends)) or 1.0)
    return round(min(ends) - pad, 6), round(max(ends) + pad, 6)


def _interval_values(row: Row, pipeline: str | None) -> list[dict[str, Any]]:
    score = next((score for score in row.pipelines if score.pipeline == pipeline), None)
    estimate = score.hypervolume_difference if score else row.hypervolume_difference
    if estimate is None:
        return []
    wide = (_simultaneous(score) if score else None) or estimate
    low, high = _ends(estimate)
    all_low, all_high = _ends(wide)
    numbers = {"mean": estimate.mean, "low": low, "high": high, "all_low": all_low, "all_high": all_high}
    said = {"interval": _said(estimate), "simultaneous": _said(wide)}
    word = score.contrast.word if score and score.contrast else ""
    return [{"recipe": row.recipe, **numbers, **said, "verdict": {"none": "no verdict"}.get(word, word)}]


def _simultaneous(score: PipelineScore) -> Estimate | None:
    return score.contrast.simultaneous if score.contrast else None


def _ends(estimate: Estimate) -> tuple[float, float]:
    if estimate.low is None or estimate.high is None:
        return estimate.mean, estimate.mean
    return estimate.low, estimate.high


def _said(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "one seed: no interval"
    return f"{estimate.low:+.4f} to {estimate.high:+.4f}"


def _seed_values(row: Row, pipeline: str | None) -> list[dict[str, Any]]:
    scores = [score for score in row.pipelines if pipeline in (None, score.pipeline)]
    by_seed = zip(*(score.seeds for score in scores), strict=False)
    differences = [[seed.hypervolume_difference for seed in same_seed] for same_seed in by_seed]
    known = [[value for value in values if value is not None] for values in differences if None not in values]
    return [{"recipe": row.recipe, "mean": sum(values) / len(values)} for values in known]


def _nadir_lines(frame: Frame) -> list[alt.LayerChart | alt.Chart]:
    style = {"color": "currentColor", "opacity": 0.45, "strokeDash": [4, 4], "clip": True}
    label = {"color": "currentColor", "opacity": 0.6, "fontSize": 10.5, "text": "nadir"}
    lines = []
    if frame.x_nadir is not None and frame.x_nadir <= frame.x_domain[1]:
        chart = alt.Chart(data_of([{"x": frame.x_nadir}]))
        lines += [chart.mark_rule(**style).encode(alt.X("x:Q"))]
    if frame.y_nadir is not None and frame.y_nadir <= frame.y_domain[1]:
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


def data_of(values: Iterable[dict[str, Any]]) -> alt.Data:
    """Rows as data that stand in the plot itself."""
    return alt.Data(values=list(values))


def spec_of(chart: alt.LayerChart) -> Spec:
    """A plot as Vega-Lite, without the look, which a page gives all plots at once."""
    # Validated by the tests: here it would take longer than everything else.
    spec: Spec = chart.to_dict(validate=False)
    spec.pop("config", None)
    return spec


def config(font_size: float = 11.5) -> Spec:
    """The one look of all plots, given to Vega-Lite beside each spec."""
    axis: Spec = {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelOpacity": 0.75,
        "titleOpacity": 0.85,
    }
    axis |= {"domainColor": "currentColor", "domainOpacity": 0.4, "tickColor": "currentColor", "tickOpacity": 0.4}
    axis |= {"gridColor": "currentColor", "gridOpacity": 0.09, "tickCount": 6, "titlePadding": 8}
    axis |= {"labelFontSize": font_size, "titleFontSize": font_size, "titleFontWeight": "normal"}
    legend = {"labelColor": "currentColor", "labelFontSize": font_size, "symbolSize": 70, "labelLimit": 240}
    title: Spec = {"color": "currentColor", "fontSize": font_size + 1.5, "fontWeight": 600, "anchor": "start"}
    return {
        "background": None,
        "font": "system-ui, -apple-system, 'Segoe UI', sans-serif",
        "view": {"stroke": None},
        "axis": axis,
        "legend": legend,
        "title": title,
    }


def ordered(looks: Look, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(recipe, colour, shape) of the named recipes, for a legend outside the plots."""
    table = dict(zip(looks.recipes, zip(looks.colors, looks.shapes, strict=True), strict=True))
    return [(name, *table[name]) for name in names]
