"""What one frontier plot shows: which recipes, cells, means, joined lines, and which part of the plane."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from earlyexp_bench.scoring import CURVE, Board, CellResult, Estimate, PipelineScore, PointScore, lower_hull
from earlyexp_bench.site.numbers import ends, plain, sweep_text, with_interval

View = Literal["downstream", "pretraining"]
VIEWS: tuple[View, ...] = ("downstream", "pretraining")
PAD = 0.06
SPARSE = 0.25  # of the cells: where fewer are within the nadir, the best mean of every recipe is shown too
REACH = 0.6  # a nadir further off than this share of the data's span is not drawn
FEW = 8  # recipes that one plot can hold: more than colours that can be told apart
COMPANY = 4  # recipes beside the reference in each of several plots
Domain = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The content of one plot.

    Attributes:
        levels: Downstream losses at which recipes are compared; none in a view without them.
        cells: One for each cell that is done and inside the domain.
        means: One for each sweep point: of a complete row over every seed, else over those there are.
        lines: The means again in the order in which they are joined.
        beyond: Cells worse than a nadir, be it of this view or of the other: nothing is left, or learned.
        outside: Cells that the plot leaves out.
        absent: Recipes of which every cell is beyond.
    """

    x_name: str
    y_name: str
    x_title: str
    y_title: str
    x_domain: Domain
    y_domain: Domain
    x_nadir: float | None
    y_nadir: float | None
    levels: tuple[float, ...]
    cells: tuple[dict[str, Any], ...]
    means: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]
    beyond: int
    outside: int
    absent: tuple[str, ...]


def company(board: Board) -> list[tuple[str, ...]]:
    """Recipes that share a plot: all where they are few, else the reference and some of the others at a time."""
    names = [row.recipe for row in board.rows]
    if len(names) <= FEW:
        return [tuple(names)]
    others = [name for name in names if name != board.terms.reference]
    return [(board.terms.reference, *others[first : first + COMPANY]) for first in range(0, len(others), COMPANY)]


def frame_of(
    board: Board, cells: Sequence[CellResult], pipeline: str, view: View, recipes: Sequence[str] = ()
) -> Frame | None:
    """Return what to show of a pipeline in one view; None before any cell is done.

    The part of the plane is chosen by the cells of all recipes within the nadir, where these are few also by what each
    recipe retains at best, so that plots of one view can be compared; ``recipes`` says whose are shown.
    """
    terms = board.terms.pipeline(pipeline)
    nadirs = terms.test.nadir if terms.test else (None, None)
    points = [_cell(cell, view, nadirs) for cell in cells if cell.pipeline == pipeline]
    known = [point for point in points if point is not None]
    if not known:
        return None
    x_nadir = nadirs[0] if view == "downstream" else None
    means = {row.recipe: _means(board.score(row.recipe, pipeline), view) for row in board.rows}
    counting = _counting(known, means.values())
    levels = (terms.levels or ()) if view == "downstream" else ()
    x_domain = _domain([*(point["x"] for point in counting), *levels], x_nadir)
    y_domain = _domain([point["y"] for point in counting], nadirs[1])
    names = recipes or [row.recipe for row in board.rows]
    shown = [point for point in known if point["recipe"] in names]
    inside = tuple(p for p in shown if within(p["x"], x_domain) and within(p["y"], y_domain))
    kept = tuple(m for name in names for m in means[name] if within(m["x"], x_domain) and within(m["y"], y_domain))
    x_words = {"downstream": f"{terms.downstream} loss", "pretraining": "pretraining-corpus loss"}[view]
    return Frame(
        x_name=f"{view} loss",
        y_name="retained loss",
        x_title=f"{view} loss · {x_words.removesuffix(' loss')} (nats per token)"
        if view == "downstream"
        else f"{x_words} (nats per token)",
        y_title=f"retained loss · {terms.target} (nats per token)",
        x_domain=x_domain,
        y_domain=y_domain,
        x_nadir=x_nadir,
        y_nadir=nadirs[1],
        levels=levels,
        cells=inside,
        means=kept,
        lines=tuple(line for name in names for line in _joined([m for m in kept if m["recipe"] == name])),
        beyond=sum(point["beyond"] for point in shown),
        outside=len(shown) - len(inside),
        absent=_absent(shown),
    )


def _counting(points: list[dict[str, Any]], means: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Points that choose the part of the plane."""
    within_nadir = [point for point in points if not point["beyond"]]
    if len(within_nadir) >= SPARSE * len(points):
        return within_nadir
    best = [min(of_recipe, key=lambda mean: float(mean["y"])) for of_recipe in means if of_recipe]
    return within_nadir + best if within_nadir and best else points


def _absent(shown: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    inside = {point["recipe"] for point in shown if not point["beyond"]}
    return tuple(dict.fromkeys(point["recipe"] for point in shown if point["recipe"] not in inside))


def _cell(cell: CellResult, view: View, nadirs: tuple[float | None, float | None]) -> dict[str, Any] | None:
    if cell.status != "done" or cell.test is None or cell.test.retained is None:
        return None
    x, y = getattr(cell.test, view), float(cell.test.retained)
    if x is None:
        return None
    x = float(x)
    losses = (cell.test.downstream, cell.test.retained)
    beyond = any(
        loss is not None and nadir is not None and loss >= nadir for loss, nadir in zip(losses, nadirs, strict=True)
    )
    notes = [
        *(["worse than word frequencies"] if beyond else []),
        *(["stage 2 not converged"] if cell.converged is False else []),
    ]
    return {
        "recipe": cell.recipe,
        "seed": cell.seed,
        "sweep": sweep_text(cell.sweep, cell.output),
        "x": round(x, 6),
        "y": round(y, 6),
        "beyond": beyond,
        "note": ", ".join(notes) or "–",
    }


def _means(score: PipelineScore, view: View) -> list[dict[str, Any]]:
    """Sweep points over the seeds, as points with intervals; each knows its curve and place on it."""
    means = []
    for order, point in enumerate(score.shown.points):
        x = point.downstream if view == "downstream" else point.pretraining
        if x is not None and point.retained is not None:
            means.append(_mean(score.recipe, order, point, x, point.retained))
    return means


three_digits = partial(plain, digits=3)


def _mean(recipe: str, order: int, point: PointScore, x: Estimate, y: Estimate) -> dict[str, Any]:
    others = {name: value for name, value in point.sweep.items() if name != CURVE}
    (x_low, x_high), (y_low, y_high) = ends(x), ends(y)
    values = {"x": x.mean, "y": y.mean, "x_low": x_low, "x_high": x_high, "y_low": y_low, "y_high": y_high}
    return {
        "recipe": recipe,
        "curve": f"{recipe} {sweep_text(others, point.output)}",
        "order": order,
        "sweep": sweep_text(point.sweep, point.output),
        "x_text": with_interval(x, three_digits),
        "y_text": with_interval(y, three_digits),
        **{key: round(value, 6) for key, value in values.items()},
    }


def _joined(means: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One curve is joined in the order of its rates; of several the lower hull is drawn, as the paper does."""
    keep = ("recipe", "curve", "order", "x", "y")
    if len({mean["curve"] for mean in means}) <= 1:
        return [{key: mean[key] for key in keep} for mean in means]
    hull = lower_hull([(mean["x"], mean["y"]) for mean in means]).tolist()
    return [{**{key: means[i][key] for key in keep}, "curve": "hull", "order": place} for place, i in enumerate(hull)]


def _domain(values: Sequence[float], nadir: float | None) -> Domain:
    low, high = min(values), max(values)
    span = (high - low) or 0.1
    if nadir is not None and high <= nadir <= high + REACH * span:
        high = nadir
    pad = PAD * ((high - low) or 0.1)
    return round(low - pad, 4), round(high + pad, 4)


def within(value: float, domain: Domain) -> bool:
    """Whether a plot of this domain shows the value."""
    return domain[0] <= value <= domain[1]
