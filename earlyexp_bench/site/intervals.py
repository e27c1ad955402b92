"""Which differences are real: Δhypervolume of every row, with its intervals and its verdict."""

from typing import Any, Literal

import altair as alt

from earlyexp_bench.scoring import JUDGED, Board, Estimate, PipelineScore, RecipeScore
from earlyexp_bench.site.charts import HOLLOW, Look, Spec, data_of, spec_of
from earlyexp_bench.site.numbers import DASH, ends, interval
from earlyexp_bench.site.wording import decided, tested, verdict_word

INTERVAL_ROW = 30
AVERAGED = "none: an average can hide a pipeline in which the row is worse"
Values = list[dict[str, Any]]


def intervals(
    board: Board, pipeline: str | None, look: Look, *, width: int | Literal["container"] = "container"
) -> Spec:
    """Δhypervolume of every row but the reference on one pipeline with its verdict, or on their average without one.

    Mean, the row's own interval, thinner the one for all rows at once (not on averages), and the seeds. The mark is
    filled where the row was tested: before that a row far from zero is no winner.
    """
    rows = [row for row in board.rows if row.recipe != board.terms.reference]
    values = [value for row in rows for value in _interval_values(board, row, pipeline)]
    seeds = [value for row in rows for value in _seed_values(row, pipeline)]
    names = [row.recipe for row in rows]
    axis = alt.Axis(title=None, labelLimit=220, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("recipe:N", sort=names, axis=axis, scale=alt.Scale(domain=names))
    title = f"Δhypervolume to {board.terms.reference} (right is better)"
    x = alt.X("mean:Q", title=title, scale=alt.Scale(domain=list(interval_domain(board)), nice=False))
    color, chart = look.color(False), alt.Chart(data_of(values))
    layers = [
        alt.Chart(data_of([{"zero": 0.0}])).mark_rule(color="currentColor", opacity=0.55).encode(alt.X("zero:Q")),
        alt.Chart(data_of(seeds)).mark_tick(thickness=1.2, size=9, opacity=0.55).encode(x=x, y=y, color=color),
        chart.mark_rule(strokeWidth=1, opacity=0.8).encode(alt.X("all_low:Q"), y, x2="all_high:Q", color=color),
        chart.mark_rule(strokeWidth=2.8).encode(alt.X("low:Q"), y, x2="high:Q", color=color),
        *(_marks([v for v in values if v["tested"] is filled], filled, x, y, look) for filled in (True, False)),
    ]
    if pipeline is not None:
        layers += [_words([v for v in values if v["decided"] is bold], bold, y) for bold in (True, False)]
    return spec_of(alt.layer(*layers).properties(width=width, height=INTERVAL_ROW * len(rows) + 10))


def interval_domain(board: Board) -> tuple[float, float]:
    """One range of Δhypervolume for all pipelines, zero included, so that panels can be compared."""
    ends = [0.0]
    for row in board.rows:
        shown = [score.shown.scores.get(JUDGED) for score in row.pipelines if score.so_far]
        wide = [_simultaneous(score) for score in row.pipelines]
        for estimate in (row.average, row.so_far, *wide, *shown):
            if estimate is not None:
                ends += [value for value in (estimate.mean, estimate.low, estimate.high) if value is not None]
        ends += [value["mean"] for score in row.pipelines for value in _seed_values(row, score.pipeline)]
    pad = 0.06 * ((max(ends) - min(ends)) or 1.0)
    return round(min(ends) - pad, 6), round(max(ends) + pad, 6)


def _marks(values: Values, filled: bool, x: alt.X, y: alt.Y, look: Look) -> alt.Chart:
    tooltip = [
        alt.Tooltip("recipe:N"),
        alt.Tooltip("mean:Q", format="+.4f"),
        alt.Tooltip("interval:N", title="95%"),
        alt.Tooltip("simultaneous:N", title="95%, all rows at once"),
        alt.Tooltip("verdict:N"),
        alt.Tooltip("because:N"),
    ]
    how: Spec = {"filled": True} if filled else {"filled": False, "style": HOLLOW, "strokeWidth": 1.8}
    chart = alt.Chart(data_of(values)).mark_point(size=90, opacity=1, **how)
    return chart.encode(x, y, color=look.color(False), shape=look.shape(False), tooltip=tooltip)


def _words(values: Values, bold: bool, y: alt.Y) -> alt.Chart:
    """The verdicts at the right end of their rows."""
    how: Spec = {"fontWeight": "bold"} if bold else {"opacity": 0.75}
    where: Spec = {"align": "left", "dx": 10, "baseline": "middle", "lineBreak": "\n", "color": "currentColor"}
    chart = alt.Chart(data_of(values)).mark_text(**where, **how)
    return chart.encode(y=y, x=alt.value("width"), text=alt.Text("label:N"))


def _interval_values(board: Board, row: RecipeScore, pipeline: str | None) -> Values:
    score = next((score for score in row.pipelines if score.pipeline == pipeline), None)
    estimate = score.shown.scores.get(JUDGED) if score else row.average or row.so_far
    if estimate is None:
        return []
    wide = _simultaneous(score) if score else None
    low, high = ends(estimate)
    all_low, all_high = ends(wide or estimate)
    numbers = {"mean": estimate.mean, "low": low, "high": high, "all_low": all_low, "all_high": all_high}
    said = {"interval": _said(estimate), "simultaneous": _said(wide) if wide else DASH}
    return [{"recipe": row.recipe, **numbers, **said, **_judged(board, score)}]


def _judged(board: Board, score: PipelineScore | None) -> dict[str, Any]:
    """What the table says of a row; an average has no verdict."""
    if score is None or score.contrast is None:
        return {"tested": False, "decided": False, "verdict": AVERAGED, "because": DASH}
    word = verdict_word(board, score)
    label = word.replace(" worse on ", " worse\non ") + ("\nincomplete" if score.so_far else "")
    because = score.contrast.reason or DASH
    return {"tested": tested(score), "decided": decided(score), "verdict": word, "label": label, "because": because}


def _simultaneous(score: PipelineScore) -> Estimate | None:
    return score.contrast.simultaneous if score.contrast else None


def _said(estimate: Estimate) -> str:
    return interval(estimate, "{:+.4f}".format, "{} to {}") or "one seed: no interval"


def _seed_values(row: RecipeScore, pipeline: str | None) -> Values:
    """The differences of the seeds that all the pipelines shown compare."""
    scores = [score for score in row.pipelines if pipeline in (None, score.pipeline)]
    differences = [
        {seed.seed: value for seed in score.shown.seeds if (value := seed.value(JUDGED)) is not None}
        for score in scores
    ]
    known = [[values[seed] for values in differences] for seed in differences[0] if all(seed in f for f in differences)]
    return [{"recipe": row.recipe, "mean": sum(values) / len(values)} for values in known]
