"""A board as ``leaderboard.json`` and ``leaderboard.csv``. The same records give the same bytes.

Each score of the board's metric version stands under its own name: in JSON in the numbers of a row and, seed by seed,
in their ``seeds``, with ``NAME_reason`` and ``NAME_range`` where there are such; in CSV as ``NAME``, ``NAME_low`` and
``NAME_high``, of scores that came after metric version 2 behind all other columns. Those of the first versions keep
their layout (``matched_reason``; the difference that is judged stands in ``contrast``).
"""

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from earlyexp_bench.contracts import canonical_json
from earlyexp_bench.scoring import (
    JUDGED,
    Board,
    Estimate,
    PipelineScore,
    SeedScore,
    Summary,
    further_scores,
    scores_of,
)
from earlyexp_bench.site.wording import flag, plain_verdict

CSV_SCHEMA = 1
SAID_OF_SOME = frozenset({"so_far", "other_software", "changed_parents"})


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
        listed["hypervolume_difference"] = listed.pop("average")
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
    whole = _summary(board, score.whole)
    del whole[JUDGED]  # is in the contrast
    return values | whole


def _summary(board: Board, summary: Summary) -> dict[str, Any]:
    values = asdict(summary)
    scores, ranges, reasons = (values.pop(name) for name in ("scores", "ranges", "reasons"))
    for score in scores_of(board.terms.metric_version):
        values[score.name] = scores.get(score.name)
        values |= _beside(score.name, ranges.get(score.name), reasons.get(score.name, ""))
    return values | {"seeds": [_seed(seed) for seed in summary.seeds]}


def _seed(seed: SeedScore) -> dict[str, Any]:
    values: dict[str, Any] = {"seed": seed.seed, "chosen": seed.chosen}
    for name, value in seed.values.items():
        values[name] = value.value
        values |= _beside(name, value.over, value.reason)
    return values


def _beside(score: str, over: tuple[float, float] | None, reason: str) -> dict[str, Any]:
    """What stands beside a score: the range that it is a mean over, and why it is undefined."""
    if score == "matched_gain":
        return {"matched_range": over, "matched_reason": reason}
    return {f"{score}_range": over} | ({f"{score}_reason": reason} if reason else {}) if over or reason else {}


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
    counts, whole = score.counts, score.whole
    low, high = whole.ranges.get("matched_gain", (None, None))
    terms = board.terms.pipeline(score.pipeline)
    return {
        "recipe": score.recipe,
        "pipeline": score.pipeline,
        "state": score.state,
        **{f"cells_{name}": getattr(counts, name) for name in counts.__slots__},
        "not_converged": score.not_converged,
        "sweep_limited": _lower(score.sweep_limited),
        "open_ended": _lower(score.open_ended),
        **_named("hypervolume", whole.scores.get("hypervolume")),
        **_named(JUDGED, whole.scores.get(JUDGED)),
        **_named("matched_gain", whole.scores.get("matched_gain")),
        "matched_range_low": _number(low),
        "matched_range_high": _number(high),
        **_named("pretraining_difference", whole.scores.get("pretraining_difference")),
        **_contrast(board, score),
        "tokens": _number(sum(whole.tokens.values()) if whole.tokens else None),
        "flops": _number(whole.flops),
        "contaminated": _lower(flag(board.terms, terms)),
        "reason": score.reason or whole.reasons.get("matched_gain", ""),
        **_further(board, whole),
    }


def _further(board: Board, whole: Summary) -> dict[str, str]:
    columns: dict[str, str] = {}
    for score in further_scores(board.terms.metric_version):
        columns |= _named(score.name, whole.scores.get(score.name))
    return columns


def _contrast(board: Board, score: PipelineScore) -> dict[str, str]:
    """Verdict and place of a row; empty for the reference, which has a place only."""
    contrast, rank = score.contrast, score.rank
    simultaneous = contrast.simultaneous if contrast else None
    return {
        "verdict": plain_verdict(score) if contrast else "",
        "verdict_reason": contrast.reason if contrast else "",
        "worse_on": ";".join(board.row(score.recipe).judged("worse")),
        "p_value": _number(contrast.p_value if contrast else None),
        "p_adjusted": _number(contrast.adjusted if contrast else None),
        "simultaneous_low": _number(simultaneous.low if simultaneous else None),
        "simultaneous_high": _number(simultaneous.high if simultaneous else None),
        "detectable_difference": _number(contrast.detectable if contrast else None),
        "rank_best": _number(rank.best if rank else None),
        "rank_worst": _number(rank.worst if rank else None),
        "unranked": score.unranked,
    }


def _named(name: str, estimate: Estimate | None) -> dict[str, str]:
    values = (estimate.mean, estimate.low, estimate.high) if estimate else (None, None, None)
    return {f"{name}{suffix}": _number(value) for suffix, value in zip(("", "_low", "_high"), values, strict=True)}


def _lower(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
