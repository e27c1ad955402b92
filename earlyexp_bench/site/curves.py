"""λ against the target's loss before and after fine-tuning: the paper's Fig. 3."""

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from earlyexp_bench.scoring import CURVE, Board, ClaimTerms, Estimate
from earlyexp_bench.site.charts import OKABE_ITO, Spec, data_of, spec_of
from earlyexp_bench.site.numbers import interval, plain, rate

When = Literal["immediate", "retained"]
WHENS: tuple[When, ...] = ("immediate", "retained")
CURVE_HEIGHT = 320


@dataclass(frozen=True)
class Curve:
    """One loss against λ, a line a pipeline.

    Attributes:
        title: What is plotted.
        pipelines: In the board's order.
        points: One for each pipeline and λ whose loss every seed has.
    """

    when: When
    title: str
    pipelines: tuple[str, ...]
    points: tuple[dict[str, Any], ...]


def studies(board: Board) -> list[ClaimTerms]:
    """Return the claims about λ that differ in recipes or rate: one figure each."""
    about_lambda = [terms for terms in board.terms.claims if terms.fractions]
    return list({(terms.recipes, terms.learning_rate): terms for terms in reversed(about_lambda)}.values())[::-1]


def curve_of(board: Board, terms: ClaimTerms, when: When) -> Curve | None:
    """Return what to show of a study; None before a point has every seed."""
    pipelines = tuple(pipeline.name for pipeline in board.terms.pipelines)
    points = [
        _point(pipeline, fraction, estimate)
        for pipeline in pipelines
        for recipe, fraction in zip(terms.recipes, terms.fractions, strict=True)
        if (estimate := _loss(board, recipe, pipeline, terms, when)) is not None
    ]
    after = f"retained loss after fine-tuning at rate {rate(terms.learning_rate or 0.0)}"
    title = "immediate loss, before fine-tuning" if when == "immediate" else after
    return Curve(when, title, pipelines, tuple(points)) if points else None


def curves_of(board: Board, terms: ClaimTerms) -> list[Curve]:
    """Return what there is to show of a study, before fine-tuning and after."""
    return [curve for when in WHENS if (curve := curve_of(board, terms, when)) is not None]


def lambda_curve(curve: Curve, *, width: int | Literal["container"] = "container", legend: bool = True) -> Spec:
    """Means over the seeds, joined, with 95% intervals."""
    x = alt.X("fraction:Q", title="λ, share of the target seen in pretraining", scale=alt.Scale(padding=12))
    y = alt.Y("mean:Q", title=f"{curve.title} (nats per token)", scale=alt.Scale(zero=False))
    scale = alt.Scale(domain=list(curve.pipelines), range=[_color(i) for i in range(len(curve.pipelines))])
    key = alt.Legend(title=None, orient="top", symbolOpacity=1, columns=1) if legend else None
    color = alt.Color("pipeline:N", scale=scale, legend=key)
    chart = alt.Chart(data_of(curve.points))
    tooltip = [
        alt.Tooltip("pipeline:N"),
        alt.Tooltip("fraction:Q", title="λ"),
        alt.Tooltip("said:N", title=f"{curve.when} loss"),
    ]
    layers = [
        chart.mark_line(strokeWidth=2).encode(x, y, color=color),
        chart.mark_rule(strokeWidth=1.2, opacity=0.8).encode(x, alt.Y("low:Q"), y2="high:Q", color=color),
        chart.mark_point(size=70, filled=True, opacity=1).encode(x, y, color=color, tooltip=tooltip),
    ]
    return spec_of(alt.layer(*layers).properties(width=width, height=CURVE_HEIGHT))


def _color(index: int) -> str:
    return OKABE_ITO[index % len(OKABE_ITO)]


def _loss(board: Board, recipe: str, pipeline: str, terms: ClaimTerms, when: When) -> Estimate | None:
    points = board.score(recipe, pipeline).whole.points
    at = [point for point in points if point.sweep.get(CURVE) == terms.learning_rate]
    return getattr(at[0], when) if len(at) == 1 else None


def _point(pipeline: str, fraction: float, loss: Estimate) -> dict[str, Any]:
    low, high = (loss.mean if end is None else end for end in (loss.low, loss.high))
    numbers = {"mean": round(loss.mean, 6), "low": round(low, 6), "high": round(high, 6)}
    said = f"{plain(loss.mean, 3)} {interval(loss)}".rstrip()
    return {"pipeline": pipeline, "fraction": fraction, **numbers, "said": said}
