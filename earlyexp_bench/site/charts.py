"""What Vega-Lite plots by altair share. Neutral colours are ``currentColor``, so a page's own theme decides them.

Recipes wear the Okabe–Ito palette (doi:10.1038/nmeth.1618) and a shape, the reference a grey; the same in every plot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from earlyexp_bench.scoring import Board

GREY = "#7d7d7d"
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#B8A800")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
SHAPE_PATHS = {
    "circle": "M8 3a5 5 0 1 0 .01 0z",
    "square": "M3.5 3.5h9v9h-9z",
    "triangle-up": "M8 3l5.5 10h-11z",
    "diamond": "M8 2l6 6-6 6-6-6z",
    "triangle-down": "M8 13l5.5-10h-11z",
    "cross": "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
}
HOLLOW = "hollow"  # style of marks that are not filled
Spec = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """Colour and shape of every recipe on a board."""

    recipes: tuple[str, ...]
    colors: tuple[str, ...]
    shapes: tuple[str, ...]

    def only(self, names: Sequence[str]) -> "Look":
        """The same looks of some recipes, for a plot with a legend of its own."""
        return Look(*(tuple(column) for column in zip(*ordered(self, names), strict=True)))

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


def legend_of(look: Look) -> list[tuple[str, str, str]]:
    """(recipe, colour, outline of its shape in a square of 16) of a legend outside the plots."""
    return [(name, color, SHAPE_PATHS[shape]) for name, color, shape in ordered(look, look.recipes)]


def data_of(values: Iterable[dict[str, Any]]) -> alt.Data:
    """Rows as data that stand in the plot itself."""
    return alt.Data(values=list(values))


def spec_of(chart: alt.LayerChart) -> Spec:
    """A plot as Vega-Lite, without the look, which a page gives all plots at once."""
    # Validated by the tests: here it would take longer than everything else.
    spec: Spec = chart.to_dict(validate=False)
    spec.pop("config", None)
    return spec


def config(font_size: float = 11.5, paper: str = "white") -> Spec:
    """The one look of all plots, given to Vega-Lite beside each spec.

    Args:
        font_size: Of axes and legends, in pixels.
        paper: Colour that plots lie on, which marks that are not filled show.
    """
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
        "text": {"fontSize": font_size},
        "style": {HOLLOW: {"fill": paper}},
    }


def ordered(looks: Look, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(recipe, colour, shape) of the named recipes, for a legend outside the plots."""
    table = dict(zip(looks.recipes, zip(looks.colors, looks.shapes, strict=True), strict=True))
    return [(name, *table[name]) for name in names]
