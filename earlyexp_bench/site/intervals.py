"""Which differences are real: the gain of every row, with the interval that is its verdict, and its seeds."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import altair as alt

from earlyexp_bench.scoring import Board
from earlyexp_bench.site.charts import HOLLOW, Look, Spec, data_of, spec_of
from earlyexp_bench.site.numbers import DASH, ends, interval, signed
from earlyexp_bench.site.rows import GainRow, gain_rows
from earlyexp_bench.site.wording import elsewhere_worse, verdict_word, word_of

INTERVAL_ROW = 34
WIDEST = 1.5  # intervals may widen the plot to so much of what means and seeds span, on either side; then they are cut
Values = list[dict[str, Any]]


def intervals(board: Board, pipeline: str, look: Look, *, width: int | Literal["container"] = "container") -> Spec:
    """Gain of every row on one pipeline: mean, board-wide interval, seeds and verdict; rows sorted by mean gain.

    The mark is filled where there is a verdict: without one a row far from zero is no winner.
    """
    rows = gain_rows(board, pipeline)
    values = [value for row in rows for value in _values(board, row)]
    names = [row.label for row in rows]
    axis = alt.Axis(title=None, labelLimit=220, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("label:N", sort=names, axis=axis, scale=alt.Scale(domain=names))
    x = alt.X("mean:Q", title=_title(board), scale=alt.Scale(domain=list(gain_domain(board)), nice=False))
    color, chart = look.color(False), alt.Chart(data_of(values))
    seeds = alt.Chart(data_of(_seed_values(rows)))
    layers = [
        alt.Chart(data_of([{"zero": 0.0}])).mark_rule(color="currentColor", opacity=0.55).encode(alt.X("zero:Q")),
        seeds.mark_tick(thickness=1.2, size=12, opacity=0.45, clip=True).encode(x=x, y=y, color=color),
        chart.mark_rule(strokeWidth=2.8, clip=True).encode(alt.X("low:Q"), y, x2="high:Q", color=color),
        *(_marks([v for v in values if v["judged"] is filled], filled, x, y, look) for filled in (True, False)),
        *(_words([v for v in values if v["decided"] is bold], bold, y) for bold in (True, False)),
    ]
    return spec_of(alt.layer(*layers).properties(width=width, height=INTERVAL_ROW * len(rows) + 10))


def gain_domain(board: Board) -> tuple[float, float]:
    """One range of gains for all pipelines, zero included, so that plots can be compared.

    Means and seeds lie within; an interval of few seeds, which may be wide without end, is cut.
    """
    rows = [row for pipeline in board.terms.pipelines for row in gain_rows(board, pipeline.name)]
    inner = [0.0, *(row.own.mean for row in rows if row.own), *(gain for row in rows for gain in row.by_seed)]
    low, high = min(inner), max(inner)
    reach = WIDEST * ((high - low) or 1.0)
    outer = [end for row in rows for end in _ends(row)]
    low, high = (
        min([low, *(max(end, low - reach) for end in outer)]),
        max([high, *(min(end, high + reach) for end in outer)]),
    )
    pad = 0.04 * ((high - low) or 1.0)
    return round(low - pad, 6), round(high + pad, 6)


def _title(board: Board) -> list[str]:
    """In two lines, which a phone has room for."""
    return [f"nats retained more than {board.terms.reference}", "at equal downstream loss"]


def _marks(values: Values, filled: bool, x: alt.X, y: alt.Y, look: Look) -> alt.Chart:
    tooltip = [
        alt.Tooltip("label:N", title="recipe"),
        alt.Tooltip("mean:Q", format="+.3f", title="gain"),
        alt.Tooltip("own:N", title="its own 95% interval"),
        alt.Tooltip("all:N", title="board-wide interval"),
        alt.Tooltip("verdict:N"),
        alt.Tooltip("because:N"),
    ]
    how: Spec = {"filled": True} if filled else {"filled": False, "style": HOLLOW, "strokeWidth": 1.8}
    chart = alt.Chart(data_of(values)).mark_point(size=90, opacity=1, **how)
    return chart.encode(x, y, color=look.color(False), shape=look.shape(False), tooltip=tooltip)


def _words(values: Values, bold: bool, y: alt.Y) -> alt.Chart:
    """Gains and verdicts at the right end of their rows."""
    how: Spec = {"fontWeight": "bold"} if bold else {"opacity": 0.75}
    where: Spec = {"align": "left", "dx": 10, "baseline": "middle", "lineBreak": "\n", "color": "currentColor"}
    chart = alt.Chart(data_of(values)).mark_text(**where, **how)
    return chart.encode(y=y, x=alt.value("width"), text=alt.Text("said:N"))


def _values(board: Board, row: GainRow) -> Values:
    """One comparison as a mark; none before a seed can be compared."""
    if row.own is None:
        return []
    low, high = _ends(row)
    word = verdict_word(board, row)
    said = {"own": interval(row.own, form="{} to {}") or "one seed: no interval"}
    said["all"] = interval(row.judgement.interval, form="{} to {}") or DASH
    said |= {"verdict": word, "because": row.judgement.reason or DASH, "said": _said(board, row)}
    judged = {"judged": row.judgement.word != "none", "decided": row.decided}
    return [
        {
            "recipe": row.score.recipe,
            "label": row.label,
            "mean": row.own.mean,
            "low": low,
            "high": high,
            **judged,
            **said,
        }
    ]


def _said(board: Board, row: GainRow) -> str:
    """Gain and verdict in few words; the table and the tooltip name the pipelines."""
    gain = signed(row.own.mean) if row.own else ""
    elsewhere = ",\nbut worse elsewhere" if elsewhere_worse(board, row) else ""
    incomplete = "\nincomplete" if row.score.so_far else ""
    return f"{gain}  {word_of(row.judgement)}{elsewhere}{incomplete}"


def _ends(row: GainRow) -> tuple[float, ...]:
    """The board-wide interval; without one the mean."""
    if row.judgement.interval:
        return ends(row.judgement.interval)
    return (row.own.mean, row.own.mean) if row.own else ()


def _seed_values(rows: Sequence[GainRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield from ({"recipe": row.score.recipe, "label": row.label, "mean": gain} for gain in row.by_seed)
