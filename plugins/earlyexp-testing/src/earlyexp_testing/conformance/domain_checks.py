"""The checks of domains. All look at one trial of the domain."""

import functools
from collections.abc import Callable, Iterable, Iterator

from earlyexp_bench.hooks import Registered
from earlyexp_testing.conformance.check import Check, NotMade, Remark
from earlyexp_testing.conformance.domain_contamination import contaminated
from earlyexp_testing.conformance.domain_data import DomainData
from earlyexp_testing.conformance.domain_documents import (
    empty_or_duplicate,
    licence_missing,
    other_than_declared,
    too_few,
)
from earlyexp_testing.conformance.domain_fingerprint import fingerprint_complaints
from earlyexp_testing.conformance.domain_splits import exact_overlap, shared_groups
from earlyexp_testing.conformance.domain_tasks import guessable_tasks, questions_from_train, unbuildable
from earlyexp_testing.conformance.domain_trial import DomainTrial, try_domain
from earlyexp_testing.conformance.foreign import complaints
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import Subject


@functools.cache
def trial_of(subject: Subject) -> DomainTrial:
    """Return the one trial that all checks of a domain share."""
    assert isinstance(subject.entry, Registered)
    return try_domain(subject.entry, example_params(subject.definition.params))


def findings(trial: DomainTrial) -> dict[str, list[str]]:
    """Return what every check that reads the data says of a trial, by its name."""
    return {
        name: [message for message in find(trial) if not isinstance(message, Remark)]
        for name, (_, find) in _OF_TRIAL.items()
    }


def _unreadable(trial: DomainTrial) -> Iterator[str]:
    if trial.error is not None and not trial.network and not trial.files and not _is_empty_document(trial.error):
        yield f"it cannot be read: {type(trial.error).__name__}: {trial.error}"
    if trial.elsewhere_error:
        encoding = ': give every `open` and `read_text` its `encoding="utf-8"`'
        named = encoding if "UnicodeDecodeError" in trial.elsewhere_error else ""
        yield f"it cannot be read in a fresh process: {trial.elsewhere_error.strip()}{named}"


def _is_empty_document(error: Exception) -> bool:
    return isinstance(error, ValueError) and "a document needs text" in str(error)


def _empty(trial: DomainTrial) -> Iterator[str]:
    if trial.error is not None and _is_empty_document(trial.error):
        yield f"{trial.error}: leave out what is empty"
    if trial.data is not None:
        yield from empty_or_duplicate(trial.data)


def _overlap(trial: DomainTrial) -> Iterator[str]:
    if trial.data is not None:
        yield from exact_overlap(trial.data)
        yield from questions_from_train(trial.data, trial.tasks)


def _flagged(trial: DomainTrial) -> Iterator[str]:
    """Documents that stand in both splits, or nearly, are the two checks before."""
    if trial.data is not None and not trial.near_overlap and not any(exact_overlap(trial.data)):
        yield from contaminated(trial.data)


def _tasks(trial: DomainTrial) -> Iterator[str]:
    if trial.data is not None:
        yield from unbuildable(trial.data, trial.tasks)


def _declared(trial: DomainTrial) -> Iterator[str]:
    """What changes from reading to reading has no hash to declare: that is the order's finding."""
    if trial.data is not None and not trial.unstable:
        yield from other_than_declared(trial.data)


def _network(trial: DomainTrial) -> Iterator[str]:
    for attempt in dict.fromkeys(trial.network):
        yield f"it reaches for the network: {attempt}: read the data from an installed package or from files"


def _of_data(find: Callable[[DomainData], Iterable[str]]) -> Callable[[DomainTrial], Iterable[str]]:
    return lambda trial: find(trial.data) if trial.data is not None else ()


_OF_TRIAL: dict[str, tuple[str, Callable[[DomainTrial], Iterable[str]]]] = {
    "domain-reads": ("Every split and task can be read, in any process.", _unreadable),
    "domain-documents": ("No document is empty, and none stands in a split twice.", _empty),
    "domain-overlap": ("No document of one split stands in another.", _overlap),
    "domain-near-overlap": ("No document has a near duplicate in another split.", lambda t: t.near_overlap),
    "domain-contamination": ("No board would flag it: few test documents have twins in train by its rule.", _flagged),
    "domain-fingerprint": ("Its own fingerprint knows changed documents again.", _of_data(fingerprint_complaints)),
    "domain-groups": ("No group stands in two splits.", _of_data(shared_groups)),
    "domain-size": ("The test split has 200 documents or more, and no split is empty.", _of_data(too_few)),
    "domain-order": ("Documents and questions are the same, in the same order, always.", lambda t: t.unstable),
    "domain-declared": ("Hash and size are what the definition says.", _declared),
    "domain-tasks": ("lm-eval builds every task that the definition names.", _tasks),
    "domain-choices": ("No answer is given away by its place or its length.", lambda t: guessable_tasks(t.tasks)),
    "domain-surroundings": (
        "It leaves nothing behind, and asks for no user.",
        lambda trial: complaints(trial.files, "domain"),
    ),
    "domain-network": ("The domain is read without network.", _network),
}


def _licence(subject: Subject) -> Iterable[str]:
    return licence_missing(getattr(subject.definition, "licence", ""))


def _check(name: str) -> Check:
    promise, find = _OF_TRIAL[name]

    def run(subject: Subject) -> Iterator[str]:
        trial = trial_of(subject)
        found = list(find(trial))
        if trial.data is None and not found:
            raise NotMade("the domain cannot be read")
        yield from found

    return Check(name, "domain", promise, run)


CHECKS: tuple[Check, ...] = (
    Check("domain-licence", "domain", "The licence of the data is stated.", _licence),
    *map(_check, _OF_TRIAL),
)
