"""What claims have to show: a loss against what their recipes differ in, a line for each pipeline."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from earlyexp_bench.scoring import Board, ClaimCurve, ClaimResult
from earlyexp_bench.scoring.claims import CurvePoint
from earlyexp_bench.site.charts import OKABE_ITO, Spec, data_of, spec_of
from earlyexp_bench.site.numbers import interval, plain, retold

CURVE_HEIGHT = 320


def studies(claims: Sequence[ClaimResult]) -> list[tuple[ClaimCurve, ...]]:
    """Return the curves of all claims, those that several claims share once."""
    return [curves for curves in dict.fromkeys(claim.curves for claim in claims) if curves]


def curve_title(curve: ClaimCurve) -> str:
    """What is plotted, with its numbers as the page writes them."""
    return retold(curve.title)


def claim_curve(
    board: Board, curve: ClaimCurve, *, width: int | Literal["container"] = "container", legend: bool = True
) -> Spec:
    """Means over the seeds, joined, with 95% intervals."""
    pipelines = [pipeline.name for pipeline in board.terms.pipelines]
    x = alt.X("x:Q", title=curve.x_title, scale=alt.Scale(padding=12))
    y = alt.Y("mean:Q", title=f"{curve_title(curve)} (nats per token)", scale=alt.Scale(zero=False))
    scale = alt.Scale(domain=pipelines, range=[_color(i) for i in range(len(pipelines))])
    key = alt.Legend(title=None, orient="top", symbolOpacity=1, columns=1) if legend else None
    color = alt.Color("pipeline:N", scale=scale, legend=key)
    chart = alt.Chart(data_of([_point(point) for point in curve.points]))
    tooltip = [
        alt.Tooltip("pipeline:N"),
        alt.Tooltip("x:Q", title=curve.x),
        alt.Tooltip("said:N", title=curve.name),
    ]
    layers = [
        chart.mark_line(strokeWidth=2).encode(x, y, color=color),
        chart.mark_rule(strokeWidth=1.2, opacity=0.8).encode(x, alt.Y("low:Q"), y2="high:Q", color=color),
        chart.mark_point(size=70, filled=True, opacity=1).encode(x, y, color=color, tooltip=tooltip),
    ]
    return spec_of(alt.layer(*layers).properties(width=width, height=CURVE_HEIGHT))


def _color(index: int) -> str:
    return OKABE_ITO[index % len(OKABE_ITO)]


def _point(point: CurvePoint) -> dict[str, Any]:
    loss = point.estimate
    low, high = (loss.mean if end is None else end for end in (loss.low, loss.high))
    numbers = {"mean": round(loss.mean, 6), "low": round(low, 6), "high": round(high, 6)}
    said = f"{plain(loss.mean, 3)} {interval(loss)}".rstrip()
    return {"pipeline": point.pipeline, "x": point.x, **numbers, "said": said}
