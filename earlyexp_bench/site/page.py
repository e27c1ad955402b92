"""The page: what the template is given, and the one script that plots need."""

import functools
import re
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from earlyexp_bench.contracts import canonical_json
from earlyexp_bench.scoring import JUDGED, Board, CellResult, ClaimResult, ClaimTerms, PipelineScore, Row
from earlyexp_bench.site import contamination, details, numbers, provenance, recipes, wording
from earlyexp_bench.site.cells import in_order
from earlyexp_bench.site.charts import Look, Spec, config, look_of, ordered
from earlyexp_bench.site.claims import answers, panel
from earlyexp_bench.site.curves import curves_of, lambda_curve, studies
from earlyexp_bench.site.frames import VIEWS, Frame, View, frame_of, panels
from earlyexp_bench.site.frontiers import frontier, height_of
from earlyexp_bench.site.intervals import intervals

PAGE_SCHEMA = 1
SHAPE_PATHS = {
    "circle": "M8 3a5 5 0 1 0 .01 0z",
    "square": "M3.5 3.5h9v9h-9z",
    "triangle-up": "M8 3l5.5 10h-11z",
    "diamond": "M8 2l6 6-6 6-6-6z",
    "triangle-down": "M8 13l5.5-10h-11z",
    "cross": "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z",
}
PAPER = "var(--paper)"  # of the style sheet, in either theme
SNIPPET = "window.vegaEmbed = vegaEmbed;"
Values = dict[str, Any]


def page_bytes(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult] = ()) -> bytes:
    """The whole page but the plotting script, which lies beside it as ``vega.js``."""
    cells = in_order(cells)
    specs: dict[str, Spec] = {}
    look = look_of(board)
    several = len(board.terms.pipelines) > 1
    values = {
        "board": board,
        "terms": board.terms,
        "page_schema": PAGE_SCHEMA,
        "verdicts": [(score, wording.headline(board, score)) for score in board.primary],
        "rules": wording.rules(board.terms),
        "level": wording.level(board.terms),
        "disqualified": details.disqualified(board.terms),
        "advice": contamination.advice(
            found for name in _pipeline_names(board) for found in contamination.flagged(board.terms, name)
        ),
        "made": provenance.software_lines(board),
        "changed_parents": provenance.parent_lines(board),
        "recipes": [recipe for recipe in board.terms.recipes if recipe.anatomy.exposure],
        "missing": wording.missing(board),
        "pipelines": [_pipeline(board, cells, name, specs) for name in _pipeline_names(board)],
        "average": _chart(specs, "interval-average", intervals(board, None, look)) if several else None,
        "averages": [_average(board, row) for row in board.rows if row.recipe != board.terms.reference],
        "legend": _legend(look),
        "divided": len(panels(board)) > 1,
        "compared": any(JUDGED in s.shown.scores for row in board.rows for s in row.pipelines),
        "several": several,
        "claims": panel(claims),
        "answers": answers(claims),
        "studies": [_study(board, terms, f"study-{index}", specs) for index, terms in enumerate(studies(board))],
    }
    # "<" may not stand in a script element: a recipe's description is somebody else's text.
    charts = canonical_json({"specs": specs, "config": config(paper=PAPER)}).replace("<", "\\u003c")
    return _environment().get_template("index.html.j2").render(**values, charts=Markup(charts)).encode()


@functools.cache
def script_bytes() -> bytes:
    """Vega, Vega-Lite and Vega-Embed in one script; takes seconds to bundle."""
    return f"{script_head()}\n{vl_convert.javascript_bundle(SNIPPET)}\n".encode()


def script_head() -> str:
    """First line of the script, which says what it was made from."""
    return f"/* Vega, Vega-Lite, Vega-Embed, bundled by vl-convert-python {version('vl-convert-python')} */"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("earlyexp_bench.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "signed": numbers.signed,
        "plain": numbers.plain,
        "interval": lambda estimate, digits=3: numbers.interval(estimate, partial(numbers.signed, digits=digits)),
        "amount": numbers.amount,
        "percent": numbers.percent,
        "percent_interval": partial(numbers.interval, write=numbers.percent),
        "points": numbers.points,
        "points_interval": partial(numbers.interval, write=numbers.points),
        "breakable": breakable,
        "tags": wording.tags,
        "verdict": wording.plain_verdict,
        "tested": wording.tested,
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


def _pipeline_names(board: Board) -> list[str]:
    return [pipeline.name for pipeline in board.terms.pipelines]


def _chart(specs: dict[str, Spec], name: str, spec: Spec) -> str:
    specs[name] = spec
    return name


def _pipeline(board: Board, cells: Sequence[CellResult], name: str, specs: dict[str, Spec]) -> Values:
    index, look = _pipeline_names(board).index(name), look_of(board)
    scores = [board.score(row.recipe, name) for row in board.rows]
    return {
        "terms": board.terms.pipelines[index],
        "contaminated": [contamination.told(found) for found in contamination.flagged(board.terms, name)],
        "interval": _chart(specs, f"interval-{index}", intervals(board, name, look)),
        "panels": _panels(board, cells, name, specs),
        "rows": [(score, board.terms.recipe(score.recipe), wording.elsewhere_worse(board, score)) for score in scores],
        "middle": next((point for score in scores if (point := score.shown.middle_point)), None),
        "unfinished": any(score.so_far for score in scores),
        "scores": scores,
        "measures": _measures(scores),
        "reasons": wording.reasons(scores),
        "gaps": [(s.recipe, why) for s in scores if (why := s.shown.reasons.get("matched_gain"))],
        "accuracies": details.accuracy_tables(scores),
        "budget": details.budget_table(scores),
        "twins": details.twin_table(board.terms.pipelines[index]),
    }


def _study(board: Board, terms: ClaimTerms, name: str, specs: dict[str, Spec]) -> list[tuple[str, str]]:
    """The two plots of a study of λ, each with its title."""
    return [
        (curve.title, _chart(specs, f"{name}-{curve.when}", lambda_curve(curve))) for curve in curves_of(board, terms)
    ]


def _average(board: Board, row: Row) -> Values:
    """A row over the pipelines: the estimate has no verdict, each pipeline has its own."""
    return {"row": row, "worse": row.judged("worse")}


def _panels(board: Board, cells: Sequence[CellResult], pipeline: str, specs: dict[str, Spec]) -> list[Values]:
    """The frontiers of a pipeline in both views, once for each set of recipes that shares a plot."""
    index, sets = _pipeline_names(board).index(pipeline), panels(board)
    return [
        {
            "legend": _legend(look_of(board).only(recipes)),
            "views": [
                _view(board, cells, pipeline, view, recipes, specs, f"{view}-{index}{f'-{place}' if place else ''}")
                for view in VIEWS
            ],
        }
        for place, recipes in enumerate(sets)
    ]


def _view(
    board: Board,
    cells: Sequence[CellResult],
    pipeline: str,
    view: View,
    recipes: Sequence[str],
    specs: dict[str, Spec],
    name: str,
) -> Values:
    frame = frame_of(board, cells, pipeline, view, recipes)
    if frame is None:
        return {"name": view, "chart": None, "notes": []}
    height = height_of(recipes, board)
    spec = frontier(frame, look_of(board).only(recipes), height=height)
    return {"name": view, "chart": _chart(specs, name, spec), "notes": frame_notes(frame)}


def _legend(look: Look) -> list[tuple[str, str, str]]:
    return [(name, color, SHAPE_PATHS[shape]) for name, color, shape in ordered(look, look.recipes)]


def frame_notes(frame: Frame) -> list[str]:
    """What a reader must know of a plot that does not show everything."""
    notes = []
    if frame.beyond:
        notes.append(f"{_cells(frame.beyond)} beyond the nadir (hollow, earning nothing)")
    if frame.outside:
        notes.append(f"{_cells(frame.outside)} outside the plot")
    if frame.absent:
        notes.append(f"every cell of {wording.listed(frame.absent)} is beyond the nadir")
    for name, nadir, domain in (
        (frame.x_name, frame.x_nadir, frame.x_domain),
        (frame.y_name, frame.y_nadir, frame.y_domain),
    ):
        if nadir is not None and nadir > domain[1]:
            notes.append(f"nadir of {name} at {numbers.plain(nadir)}, outside the plot")
    return notes


def _measures(scores: Sequence[PipelineScore]) -> list[tuple[str, list[float | None]]]:
    """Further measures at the middle of the sweep: name, and one value for each recipe."""
    found = [middle.metrics if (middle := score.shown.middle_point) else {} for score in scores]
    return [(name, [metrics.get(name) for metrics in found]) for name in sorted({n for m in found for n in m})]


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"
