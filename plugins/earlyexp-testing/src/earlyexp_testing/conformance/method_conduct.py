"""A method minds its own: no network, no change of what others share or of what it is given."""

from collections.abc import Iterator

from earlyexp_testing.conformance import files, network
from earlyexp_testing.conformance.check import Check
from earlyexp_testing.conformance.foreign import complaints
from earlyexp_testing.conformance.fresh import in_fresh_process
from earlyexp_testing.conformance.method_evidence import elsewhere, reached
from earlyexp_testing.conformance.method_scene import planning_changes
from earlyexp_testing.conformance.subject import Subject


def _offline(subject: Subject) -> Iterator[str]:
    reached(subject, "building")
    for attempt in network.attempts():
        yield f"it reaches for the network: {attempt}: read from an installed package or from earlier stages (`needs`)"


def _surroundings(subject: Subject) -> Iterator[str]:
    reached(subject, "building")
    yield from complaints([*files.noted(), *elsewhere(subject).files], "method")


def _shared_state(subject: Subject) -> Iterator[str]:
    for change in subject.import_changes:
        yield f"importing its light half or calling its hooks changes {change} and leaves it so: {_RESTORE}"
    for stage, run in reached(subject, "building").items():
        yield from (f"{stage}: {change}: {_RESTORE}" for change in run.state)
    for change in in_fresh_process(planning_changes, subject.id):
        yield f"`needs`, `cost` and their like change {change} and leave it so: {_RESTORE}"


def _inputs(subject: Subject) -> Iterator[str]:
    for stage, run in reached(subject, "building").items():
        yield from (f"{stage}: {change}: change a copy and return that" for change in run.inputs)


_RESTORE = "put it back, or use a generator of its own"

CHECKS = (
    Check("method-network", "method", "It works without network.", _offline),
    Check("method-surroundings", "method", "It leaves nothing behind, and asks for no user.", _surroundings),
    Check(
        "method-shared-state",
        "method",
        "It leaves random states, dtype and modes as they were.",
        _shared_state,
    ),
    Check(
        "method-inputs",
        "method",
        "It changes nothing that it is only shown: batches, mixtures, parameters.",
        _inputs,
    ),
)
