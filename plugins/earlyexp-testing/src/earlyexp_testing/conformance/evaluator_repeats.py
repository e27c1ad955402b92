"""Repeatability: equal models get equal scores on equal documents, in any process."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from earlyexp_testing.conformance.evaluator_data import EvaluatorData, Tasks

_TOLERANCE = 1e-6
Snapshot = Mapping[str, Any]


def snapshot(data: EvaluatorData) -> dict[str, Any]:
    """Return the tasks' hashes and the scores by domain and split, as JSON can hold them."""
    return {
        measurement.where: {
            "tasks": _hash(measurement.tasks),
            "scores": [dict(scores) for scores in measurement.scores],
        }
        for measurement in data.measurements
    }


def differences(one: Snapshot, other: Snapshot, when: str) -> Iterator[str]:
    """Yield what differs between two trials of an evaluator.

    Args:
        one: The first trial.
        other: The second, of the same domains.
        when: What was different about the second, for the message.
    """
    for where in one:
        if one[where]["tasks"] != other[where]["tasks"]:
            yield f"tasks() returns other tasks for {where} {when}: {_REMEDY}"
        elif metric := _changed(one[where]["scores"], other[where]["scores"]):
            yield f"{metric} of {where} has another value {when}: {_REMEDY}"


_REMEDY = (
    "take documents in the domain's order, draw by hash or with a generator seeded in tasks(), and let no clock, no "
    "process and no earlier call decide"
)


def _changed(one: list[dict[str, float]], other: list[dict[str, float]]) -> str:
    for left, right in zip(one, other, strict=False):
        if left.keys() != right.keys():
            return min(left.keys() ^ right.keys())
        for metric, value in left.items():
            if not math.isclose(value, right[metric], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE) and value == value:
                return metric
    return ""


def _hash(tasks: Tasks) -> str:
    """Hash configurations and documents; functions count by name."""
    return hashlib.sha256(repr({name: _plain(config) for name, config in tasks.items()}).encode()).hexdigest()


def _plain(config: Mapping[str, Any]) -> list[Any]:
    arguments = {**(config.get("metadata") or {}), **(config.get("dataset_kwargs") or {})}
    rows = {split: list(found) for split, found in config["custom_dataset"](**arguments).items()}
    rest = {key: value for key, value in config.items() if key != "custom_dataset"}
    return [_named(rest), _named(rows)]


def _named(value: object) -> object:
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    if isinstance(value, Mapping):
        return {key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list | tuple) else value
