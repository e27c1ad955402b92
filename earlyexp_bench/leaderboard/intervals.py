"""Which differences are real: Δhypervolume of every row, with its intervals."""

from typing import Any, Literal

import altair as alt

from earlyexp_bench.leaderboard.charts import Look, Spec, data_of, spec_of
from earlyexp_bench.scoring import Board, Estimate, PipelineScore, Row

INTERVAL_ROW = 30


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
