"""What one frontier plot shows: cells, means, joined lines, and which part of the plane is worth showing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from earlyexp_bench.leaderboard.numbers import plain, sweep_text
from earlyexp_bench.scoring import CURVE, Board, CellResult, Estimate, PipelineScore, PointScore, lower_hull

View = Literal["downstream", "pretraining"]
PAD = 0.06
REACH = 0.6  # a nadir further off than this share of the data's span is not drawn
Domain = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The content of one plot.

    Attributes:
        cells: One for each cell that is done and inside the domain.
        means: One for each sweep point that every seed has.
        lines: The means again in the order in which they are joined.
        beyond: Cells worse than a nadir of this view.
        outside: Cells that the plot leaves out.
    """

    x_name: str
    y_name: str
    x_title: str
    y_title: str
    x_domain: Domain
    y_domain: Domain
    x_nadir: float | None
    y_nadir: float | None
    cells: tuple[dict[str, Any], ...]
    means: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]
    beyond: int
    outside: int


def frame_of(board: Board, cells: Sequence[CellResult], pipeline: str, view: View) -> Frame | None:
    """Return what to show of a pipeline in one view; None before any cell is done."""
    terms = next(terms for terms in board.terms.pipelines if terms.name == pipeline)
    nadirs = terms.test.nadir if terms.test else (None, None)
    x_nadir = nadirs[0] if view == "downstream" else None
    points = [_cell(cell, view, x_nadir, nadirs[1]) for cell in cells if cell.pipeline == pipeline]
    shown = [point for point in points if point is not None]
    if not shown:
        return None
    x_domain = _domain([p["x"] for p in shown if not p["beyond"]] or [p["x"] for p in shown], x_nadir)
    y_domain = _domain([p["y"] for p in shown if not p["beyond"]] or [p["y"] for p in shown], nadirs[1])
    scores = [row.pipelines[board.terms.pipelines.index(terms)] for row in board.rows]
    inside = tuple(p for p in shown if _within(p["x"], x_domain) and _within(p["y"], y_domain))
    means = [mean for score in scores for mean in _means(score, view)]
    kept = tuple(m for m in means if _within(m["x"], x_domain) and _within(m["y"], y_domain))
    x_words = {"downstream": f"{terms.downstream} loss", "pretraining": "pretraining-corpus loss"}[view]
    return Frame(
        f"{view} loss",
        "retained loss",
        f"{view} loss · {x_words.removesuffix(' loss')} (nats per token)"
        if view == "downstream"
        else f"{x_words} (nats per token)",
        f"retained loss · {terms.target} (nats per token)",
        x_domain,
        y_domain,
        x_nadir,
        nadirs[1],
        inside,
        kept,
        tuple(line for score in scores for line in _joined([m for m in kept if m["recipe"] == score.recipe])),
        sum(point["beyond"] for point in shown),
        len(shown) - len(inside),
    )


def _cell(cell: CellResult, view: View, x_nadir: float | None, y_nadir: float | None) -> dict[str, Any] | None:
    if cell.status != "done" or cell.test is None or cell.test.retained is None:
        return None
    x, y = getattr(cell.test, view), float(cell.test.retained)
    if x is None:
        return None
    x = float(x)
    beyond = (x_nadir is not None and x >= x_nadir) or (y_nadir is not None and y >= y_nadir)
    notes = [*(["beyond the nadir"] if beyond else []), *(["stage 2 hit its cap"] if cell.stopped == "cap" else [])]
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
    """Sweep points that every seed has, as points with intervals; each knows its curve and place on it."""
    found = []
    for order, point in enumerate(score.points):
        x = point.downstream if view == "downstream" else point.pretraining
        if x is not None and point.retained is not None:
            found.append(_mean(score.recipe, order, point, x, point.retained))
    return found


def _mean(recipe: str, order: int, point: PointScore, x: Estimate, y: Estimate) -> dict[str, Any]:
    others = {name: value for name, value in point.sweep.items() if name != CURVE}
    ends = {"x_low": x.low, "x_high": x.high, "y_low": y.low, "y_high": y.high}
    centre = {"x": x.mean, "y": y.mean}
    middle = {"x_low": x.mean, "x_high": x.mean, "y_low": y.mean, "y_high": y.mean}
    numbers = {key: round(middle[key] if value is None else value, 6) for key, value in ends.items()}
    return {
        "recipe": recipe,
        "curve": f"{recipe} {sweep_text(others, point.output)}",
        "order": order,
        "sweep": sweep_text(point.sweep, point.output),
        "x_text": _with_interval(x),
        "y_text": _with_interval(y),
        **{key: round(value, 6) for key, value in centre.items()},
        **numbers,
    }


def _with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return plain(estimate.mean, 3)
    return f"{plain(estimate.mean, 3)} [{plain(estimate.low, 3)}, {plain(estimate.high, 3)}]"


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


def _within(value: float, domain: Domain) -> bool:
    return domain[0] <= value <= domain[1]
