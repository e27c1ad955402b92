"""A check: one promise that every component of a kind keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from earlyexp_testing.conformance.subject import Kind, Subject


class NotMade(Exception):
    """Raised by ``Check.find`` where there is nothing to check; the check is then left out of the report.

    Also where another check already says why this one cannot be made.
    """


class Remark(str):
    """Yielded by ``Check.find`` beside messages: worth knowing, and no broken promise."""

    __slots__ = ()


@dataclass(frozen=True)
class Check:
    """One promise, and what finds out whether it is kept.

    Attributes:
        name: Short and lasting, e.g. ``same-bits``; unique among the checks of its kind.
        kind: What is checked.
        promise: What a sound component does, in one sentence.
        find: Yields messages: what is wrong, where, what to do. It runs in a process that is thrown away, in
            which the network is shut (`network.py`). All checks of one subject share that process, so what
            several of them look at may be cached by subject.
    """

    name: str
    kind: Kind
    promise: str
    find: Callable[[Subject], Iterable[str]]


@dataclass(frozen=True)
class Outcome:
    """A check that was made.

    Attributes:
        check: Its name.
        kind: What was checked.
        promise: What it is about.
        subject: Id of the component.
        problems: What is wrong, where, what to do; empty if the promise is kept.
        seconds: How long it took.
        remarks: What is worth knowing beside it.
    """

    check: str
    kind: Kind
    promise: str
    subject: str
    problems: tuple[str, ...]
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the promise is kept."""
        return not self.problems
