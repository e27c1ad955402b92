"""The checks of evaluators. All look at one trial of the evaluator."""

import functools
from collections.abc import Callable, Iterable, Iterator

from earlyexp_bench.hooks import Registered
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.evaluator_answers import answers_given, splits_read
from earlyexp_testing.conformance.evaluator_data import EvaluatorData
from earlyexp_testing.conformance.evaluator_scores import (
    not_finite,
    outside_range,
    undeclared_direction,
    unscored,
)
from earlyexp_testing.conformance.evaluator_trial import EvaluatorTrial, try_twice
from earlyexp_testing.conformance.foreign import complaints
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import Subject


@functools.cache
def trial_of(subject: Subject) -> EvaluatorTrial:
    """Return the one trial that all checks of an evaluator share."""
    assert isinstance(subject.entry, Registered)
    return try_twice(subject.entry, example_params(subject.definition.params))


def findings(trial: EvaluatorTrial) -> dict[str, list[str]]:
    """Return what every check says of a trial, by its name."""
    return {name: list(find(trial)) for name, (_, find) in _OF_TRIAL.items()}


def _unscored(trial: EvaluatorTrial) -> Iterator[str]:
    if trial.network or trial.files:
        return
    if trial.error:
        yield f"it cannot be tried: {trial.error}"
    if trial.data is not None:
        yield from unscored(trial.data)


def _network(trial: EvaluatorTrial) -> Iterator[str]:
    for attempt in dict.fromkeys(trial.network):
        yield f"it reaches for the network: {attempt}: take what it needs from an installed package"


def _splits(data: EvaluatorData) -> Iterator[str]:
    for measurement in data.measurements:
        yield from splits_read(measurement.where, measurement.split, measurement.asked)


def _answers(data: EvaluatorData) -> Iterator[str]:
    for measurement in data.measurements:
        yield from answers_given(measurement.where, measurement.prompts)


def _of_data(find: Callable[[EvaluatorData], Iterable[str]]) -> Callable[[EvaluatorTrial], Iterable[str]]:
    return lambda trial: find(trial.data) if trial.data is not None else ()


_OF_TRIAL: dict[str, tuple[str, Callable[[EvaluatorTrial], Iterable[str]]]] = {
    "evaluator-scores": ("It measures something, and lm-eval scores it.", _unscored),
    "evaluator-splits": ("It reads the split that it measures.", _of_data(_splits)),
    "evaluator-answers": ("No prompt gives its answer away.", _of_data(_answers)),
    "evaluator-repeats": ("Equal models get equal scores, in any process.", lambda trial: trial.unstable),
    "evaluator-direction": ("It is said of every metric whether more is better.", _of_data(undeclared_direction)),
    "evaluator-finite": ("A model of random weights has finite scores.", _of_data(not_finite)),
    "evaluator-range": ("Every score lies in the declared range.", _of_data(outside_range)),
    "evaluator-surroundings": (
        "It leaves nothing behind, and asks for no user.",
        lambda trial: complaints(trial.files, "evaluator"),
    ),
    "evaluator-network": ("It works without network.", _network),
}


def _check(name: str) -> Check:
    promise, find = _OF_TRIAL[name]

    def run(subject: Subject) -> Iterator[str]:
        trial = trial_of(subject)
        found = list(find(trial))
        if trial.data is None and not found:
            raise NotMade("the evaluator cannot be tried")
        yield from found

    return Check(name, "evaluator", promise, run)


CHECKS: tuple[Check, ...] = tuple(map(_check, _OF_TRIAL))
