"""A board as ``leaderboard.json`` and ``leaderboard.csv``. The same records give the same bytes.

Each score of the board's metric version stands under its own name: in JSON in the numbers of a row and, seed by seed,
in their ``seeds``, with ``NAME_reason`` and ``NAME_range`` where there are such; in CSV as ``NAME``, ``NAME_low`` and
``NAME_high``, the row's own 95% interval. The interval that is the verdict stands in ``judgement``, in CSV as
``board_low`` and ``board_high``.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from earlyexp_bench.contracts import canonical_json
from earlyexp_bench.scoring import (
    JUDGED,
    Board,
    Estimate,
    Judgement,
    PipelineScore,
    SeedScore,
    Summary,
    scores_of,
)
from earlyexp_bench.site.wording import flag

CSV_SCHEMA = 2
SAID_OF_SOME = frozenset({"so_far", "other_software", "changed_parents", "flagged", "mend", "control"})


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """JSON with sorted keys and floats of 12 significant digits, one value a line.

    Raises:
        ValueError: ``value`` holds NaN or an infinity.
    """
    normal = json.loads(canonical_json(value))
    return (json.dumps(normal, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def leaderboard_json(board: Board) -> bytes:
    """The whole board, ``schema_version`` and ``metric_version`` on top.

    What is said only of some rows has no key where it is not said. What recipes are made of is left to
    ``recipes.json``.
    """
    values = {"metric_version": board.terms.metric_version, **asdict(board)}
    for recipe in values["terms"]["recipes"]:
        recipe.pop("anatomy")
    for row, listed in zip(board.rows, values["rows"], strict=True):
        listed[JUDGED] = listed.pop("average")
        listed["pipelines"] = [_said(_pipeline(board, score)) for score in row.pipelines]
        _said(listed)
    return json_bytes(values)


def _said(values: dict[str, Any]) -> dict[str, Any]:
    for name in SAID_OF_SOME & values.keys():
        if not values[name]:
            del values[name]
    return values


def _pipeline(board: Board, score: PipelineScore) -> dict[str, Any]:
    values = asdict(score) | {"so_far": score.so_far and _summary(board, score.so_far)}
    del values["whole"]
    return values | _summary(board, score.whole)


def _summary(board: Board, summary: Summary) -> dict[str, Any]:
    values = asdict(summary)
    scores, ranges, reasons = (values.pop(name) for name in ("scores", "ranges", "reasons"))
    for score in scores_of(board.terms.metric_version):
        values[score.name] = scores.get(score.name)
        values |= _beside(score.name, ranges.get(score.name), reasons.get(score.name, ""))
    return values | {"seeds": [_seed(seed) for seed in summary.seeds]}


def _seed(seed: SeedScore) -> dict[str, Any]:
    values = asdict(seed)
    for name, value in values.pop("values").items():
        values[name] = value["value"]
        values |= _beside(name, value["over"], value["reason"])
    return values


def _beside(score: str, over: tuple[float, float] | None, reason: str) -> dict[str, Any]:
    """What stands beside a score: the range that it is a mean over, and why it is undefined."""
    return ({f"{score}_range": over} if over else {}) | ({f"{score}_reason": reason} if reason else {})


def leaderboard_csv(board: Board) -> bytes:
    """One line for each recipe and pipeline, then one for each recipe's average over pipelines."""
    lines = [_csv_line(board, score) for row in board.rows for score in row.pipelines]
    for row in board.rows:
        if row.average is not None:
            average = _named(JUDGED, row.average)
            worse = ";".join(row.judged("worse"))
            lines.append(
                {"recipe": row.recipe, "pipeline": "average", "state": "complete", **average, "worse_on": worse}
            )
    common = {"schema_version": CSV_SCHEMA, "metric_version": board.terms.metric_version, "benchmark": board.name}
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*common, *lines[0]], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**common, **line} for line in lines)
    return buffer.getvalue().encode()


def _csv_line(board: Board, score: PipelineScore) -> dict[str, Any]:
    counts, whole, middle = score.counts, score.whole, score.whole.middle_point
    terms = board.terms.pipeline(score.pipeline)
    line: dict[str, Any] = {"recipe": score.recipe, "pipeline": score.pipeline, "state": score.state}
    line |= {f"cells_{name}": getattr(counts, name) for name in counts.__slots__}
    line |= {"not_converged": score.not_converged, **_verdict(board, score)}
    line |= {**_against("control", score.control), **_levels(score)}
    for of in scores_of(board.terms.metric_version):
        line |= _named(of.name, whole.scores.get(of.name))
    for name in ("immediate", "forgetting"):
        line |= _named(name, getattr(middle, name) if middle else None)
    return line | {
        "tokens": _number(sum(whole.tokens.values()) if whole.tokens else None),
        "flops": _number(whole.flops),
        "contaminated": _lower(flag(board.terms, terms)),
        "reason": score.reason or whole.reasons.get(JUDGED, ""),
    }


def _verdict(board: Board, score: PipelineScore) -> dict[str, str]:
    """Verdict of a row; the reference has none."""
    judgement = score.judgement
    return {
        **_against("board", judgement),
        "at_a_cost": _lower(judgement.at_a_cost if judgement else None),
        "worse_on": ";".join(board.row(score.recipe).judged("worse")),
        "detectable_gain": _number(judgement.detectable if judgement else None),
        "flagged": score.flagged,
        "rates_scale_mends": _number(score.mend),
        "oracle": _lower(score.oracle or board.terms.recipe(score.recipe).oracle),
        "selects_on_validation": _lower(score.selects_on_validation),
    }


def _against(name: str, judgement: Judgement | None) -> dict[str, str]:
    """A gain with the interval that its verdict is, and what it is taken to."""
    interval = judgement.interval if judgement else None
    return {
        f"{name}_against": judgement.against if judgement else "",
        f"{name}_verdict": judgement.word if judgement else "",
        f"{name}_reason": judgement.reason if judgement else "",
        **_named(f"{name}_gain", judgement.own if judgement else None, ("",)),
        **_named(name, interval, ("_low", "_high")),
    }


def _levels(score: PipelineScore) -> dict[str, str]:
    columns: dict[str, str] = {}
    for at in range(3):
        level = score.whole.levels[at] if score.whole.levels else None
        columns[f"level_{at + 1}"] = _number(level.level if level else None)
        columns |= _named(f"level_{at + 1}_gain", level.gain if level else None)
        for share in ("clamped", "not_reached", "failed"):
            columns[f"level_{at + 1}_{share}"] = _number(getattr(level, share) if level else None)
    return columns


def _named(name: str, estimate: Estimate | None, ends: Sequence[str] = ("", "_low", "_high")) -> dict[str, str]:
    values = {"": estimate.mean, "_low": estimate.low, "_high": estimate.high} if estimate else {}
    return {f"{name}{end}": _number(values.get(end)) for end in ends}


def _lower(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
