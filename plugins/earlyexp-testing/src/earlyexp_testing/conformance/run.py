"""Checks a plugin: a process for each of its components."""

import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from earlyexp_testing.conformance.check import Outcome
from earlyexp_testing.conformance.child import Address, CheckStarted, Skipped
from earlyexp_testing.conformance.processes import child, context_for, elsewhere
from earlyexp_testing.conformance.subject import find_subjects

SECONDS = 300.0
"""How long one check may take before it counts as hanging; on an idle machine all of a plugin takes less than 60."""
_LOG_LINES = 15


def check_plugin(name: str, seconds: float = SECONDS) -> Iterator[Outcome]:
    """Make every check of a plugin and its components; yield each as it ends.

    Args:
        name: A distribution, an entry point or a component.
        seconds: How long one check may take.

    Raises:
        UserError: Nothing is called that.
    """
    addresses = [Address(s.distribution, s.kind, s.id) for s in find_subjects(name)]
    context = context_for([address.kind for address in addresses])
    methods = [address.id for address in addresses if address.kind == "method"]
    with tempfile.TemporaryDirectory(prefix="earlyexp-check-") as folder, elsewhere(methods, Path(folder)):
        for number, address in enumerate(addresses):
            yield from _Run(address, context, seconds, Path(folder), Path(folder) / f"log-{number}.txt").outcomes()


@dataclass
class _Run:
    """The checks of one subject."""

    address: Address
    context: Any
    seconds: float
    shared: Path
    log: Path
    done: set[str] = field(default_factory=set)

    def outcomes(self) -> Iterator[Outcome]:
        """Start processes until one survives: a check that ends its process is a finding, and the rest is still due."""
        while not (yield from self._one_process()):
            pass

    def _one_process(self) -> Generator[Outcome, None, bool]:
        """Make the checks that are not yet done; return whether nothing is left to do."""
        with child(self.context, (self.address, frozenset(self.done)), (self.log, self.shared)) as (process, told):
            running, since = None, time.monotonic()
            while (message := _next(told, self.seconds)) is not None:
                if isinstance(message, CheckStarted):
                    running, since = message, time.monotonic()
                    continue
                running = None
                self.done.add(message.check)
                if isinstance(message, Outcome):
                    yield message
            if not told.closed:
                yield self._ended(running, since, f"did not end within {self.seconds:g} s")
                return True  # the others would most likely hang as well
            process.join()
            if process.exitcode == 0:
                return True
            yield self._ended(running, since, f"ended its process with code {process.exitcode}")
        return running is None

    def _ended(self, running: CheckStarted | None, since: float, how: str) -> Outcome:
        ended = running or CheckStarted("process", "It leaves the process that checks it alive.")
        self.done.add(ended.check)
        message = f"{ended.check} {how}; the end of its log:\n{_tail(self.log)}"
        seconds = time.monotonic() - since
        return Outcome(ended.check, self.address.kind, ended.promise, self.address.id, (message,), seconds)


def _next(told: Connection, seconds: float) -> CheckStarted | Skipped | Outcome | None:
    """Return the next message, or None if none came in time or, the pipe then closed, none will."""
    if not told.poll(seconds):
        return None
    try:
        message: CheckStarted | Skipped | Outcome = told.recv()
    except EOFError:
        told.close()
        return None
    return message


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-_LOG_LINES:]) or "(empty)"
