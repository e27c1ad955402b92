"""The page: its panels one after the other, with their plots."""

import functools
import re
from collections.abc import Sequence
from functools import partial

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from earlyexp_bench.contracts import canonical_json
from earlyexp_bench.contracts.quantity import short_amount
from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site import numbers, recipes, wording
from earlyexp_bench.site.cells import in_order
from earlyexp_bench.site.charts import Spec, config, legend_of, look_of
from earlyexp_bench.site.panels import panels_of

PAGE_SCHEMA = 1
PAPER = "var(--paper)"  # of the style sheet, in either theme


def page_bytes(
    board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult] = (), assets: str = ""
) -> bytes:
    """The whole page but its assets.

    Args:
        board: A scored board.
        cells: The cells it was scored from.
        claims: Verdicts on the claims that the benchmark states.
        assets: Where the site's script and style lie, as the page names it; empty: the plotting script beside the page,
            all else within.
    """
    common = {"board": board, "terms": board.terms, "legend": legend_of(look_of(board))}
    charts: dict[str, Spec] = {}
    shown = []
    for name, panel in panels_of(board, in_order(cells), claims):
        charts |= panel.charts
        body = _environment().get_template(f"{name}.html.j2").render(**common, **panel.values)
        shown.append({"name": name, "title": panel.title, "body": Markup(body)})
    # "<" may not stand in a script element: a recipe's description is somebody else's text.
    plots = canonical_json({"specs": charts, "config": config(paper=PAPER)}).replace("<", "\\u003c")
    page = _environment().get_template("page.html.j2")
    values = {"page_schema": PAGE_SCHEMA, "panels": shown, "claims": claims, "assets": assets}
    return page.render(**common, **values, charts=Markup(plots)).encode()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("earlyexp_bench.site", folder) for folder in ("templates", "panels")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "signed": numbers.signed,
        "plain": numbers.plain,
        "interval": lambda estimate, digits=3: numbers.interval(estimate, partial(numbers.signed, digits=digits)),
        "amount": short_amount,
        "operations": numbers.operations,
        "percent": numbers.percent,
        "percent_interval": partial(numbers.interval, write=numbers.percent),
        "points": numbers.points,
        "points_interval": partial(numbers.interval, write=numbers.points),
        "breakable": breakable,
        "tags": wording.tags,
        "verdict": lambda row: wording.word_of(row.judgement),
        "share": lambda share: f"{100 * share:.0f}%",
        "listed": wording.listed,
        "checkpoints": lambda score: len({point.output for point in score.whole.points}),
        "linked": recipes.linked,
        "parameters": recipes.parameters,
        "stage": recipes.stage,
        "sweep": lambda point: numbers.sweep_text(point.sweep, point.output),
    }
    return environment


def breakable(name: str) -> Markup:
    """A name that a narrow column may break where its parts meet."""
    return Markup(re.sub(r"([/_.+])", r"\1<wbr>", str(escape(name))))
