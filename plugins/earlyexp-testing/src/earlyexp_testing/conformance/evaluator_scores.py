"""Scores: there are some, they are numbers inside the declared range, and it is said whether more is better."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from lm_eval.api.registry import is_higher_better

from earlyexp_testing.conformance.evaluator_data import EvaluatorData, EvaluatorRun, is_arithmetic

_TOLERANCE = 1e-9
_LOWER_IS_BETTER = {"nats_per_token", "bits_per_byte"}


def unscored(data: EvaluatorData) -> Iterator[str]:
    """Yield what lm-eval could not score, and that nothing was."""
    for measurement in data.measurements:
        failed = measurement.error is not None and not is_arithmetic(measurement.error)
        if failed and "train" not in measurement.asked:  # which another check names
            kind = type(measurement.error).__name__
            yield f"{measurement.where} cannot be scored: {kind}: {measurement.error}"
    if not any(measurement.error or measurement.tasks for measurement in data.measurements):
        where = ", ".join(measurement.where for measurement in data.measurements)
        yield f"tasks() is empty for every domain it was tried on ({where}): return tasks where a domain has documents"


def not_finite(data: EvaluatorData) -> Iterator[str]:
    """Yield the scores that are no numbers, or whose computation fails for want of one."""
    for measurement in data.measurements:
        if is_arithmetic(measurement.error):
            yield f"{measurement.where} has no score: {measurement.error}: {_REMEDY}"
    for where, metric, value in data.scores:
        if not math.isfinite(value):
            yield f"{metric} of {where} is {value} for a model of random weights: {_REMEDY}"


_REMEDY = "an untrained model must have a score; average logarithms instead of exponentials, and guard divisions"


def outside_range(data: EvaluatorData) -> Iterator[str]:
    """Yield the scores that the definition's ``range`` does not hold, and a range that holds none."""
    declared = getattr(data.definition, "range", None)
    if declared is None:
        yield "range is not declared: give (lowest, highest) possible score, None where there is no bound"
        return
    low, high = (-math.inf if declared[0] is None else declared[0], math.inf if declared[1] is None else declared[1])
    if not low < high:
        yield f"range is {declared}, which holds no scores: give (lowest, highest)"
        return
    for where, metric, value in data.scores:
        if math.isfinite(value) and not low - _TOLERANCE <= value <= high + _TOLERANCE:
            yield f"{metric} of {where} is {value:g}, outside of {declared}: widen `range`, or scale the score"


def undeclared_direction(data: EvaluatorData) -> Iterator[str]:
    """Yield metrics of which nobody says whether more is better, or two say different things."""
    declared = getattr(data.definition, "higher_is_better", None)
    if not isinstance(declared, bool):
        yield "higher_is_better is not declared: state it as True or False in the definition"
        return
    directions = {
        (name, metric, better)
        for measurement in data.measurements
        for name, config in measurement.tasks.items()
        for metric, better in (*_directions(config), *_found_only(name, config, measurement))
    }
    for name, metric, better in sorted(directions, key=str):
        if better is None:
            yield f"{name}: the metric {metric} has no higher_is_better: add it to its entry in metric_list"
        elif better != declared:
            yield (
                f"{name}: {metric} has higher_is_better {better}, the definition says {declared}: correct one of them, "
                "or make two evaluators"
            )


def _found_only(name: str, config: Mapping[str, Any], measurement: EvaluatorRun) -> Iterator[tuple[str, bool | None]]:
    """Yield metrics that have scores and are in no list: lm-eval averages whatever ``process_results`` returns."""
    found = {key.partition(",")[0] for scores in measurement.scores for key in scores}
    listed = {metric for metric, _ in _directions(config)}
    for metric in sorted(key.removeprefix(f"{name}.") for key in found if key.startswith(f"{name}.")):
        if metric not in listed:
            yield metric, is_higher_better(metric)


def _directions(config: Mapping[str, Any]) -> Iterator[tuple[str, bool | None]]:
    """Yield each reported metric and its direction; what the evaluator reports itself goes before lm-eval's metrics."""
    report = (config.get("metadata") or {}).get("report")
    if report is not None:
        yield from ((name, statistic not in _LOWER_IS_BETTER) for name, statistic in report.items())
        return
    for entry in config.get("metric_list") or ():
        metric = entry.get("metric")
        known = is_higher_better(metric) if isinstance(metric, str) else None
        yield str(metric), entry.get("higher_is_better", known)
