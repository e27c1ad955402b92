"""What happens in the process of one subject: its checks, one after the other, told as they end."""

import os
import time
import traceback
from collections.abc import Collection
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from earlyexp_testing.conformance import files, network
from earlyexp_testing.conformance.belongings import own_home
from earlyexp_testing.conformance.callers import package_folders
from earlyexp_testing.conformance.catalogue import checks_of
from earlyexp_testing.conformance.check import Check, NotMade, Outcome, Remark
from earlyexp_testing.conformance.global_state import differences, snapshot
from earlyexp_testing.conformance.subject import Kind, Subject, implementations, import_plugin, locate

_TRACEBACK_LINES = 12


@dataclass(frozen=True)
class Address:
    """A subject as it is named across processes."""

    distribution: str
    kind: Kind
    id: str


@dataclass(frozen=True)
class CheckStarted:
    """Told before a check, so that whoever waits knows which one crashed or hangs."""

    check: str
    promise: str


@dataclass(frozen=True)
class Skipped:
    """Told after a check that could not be made."""

    check: str


def check_subject(address: Address, done: Collection[str], told: Connection, log: Path, shared: Path) -> None:
    """Make all checks of one subject but those in ``done``.

    Args:
        address: The subject.
        done: Names of checks that an earlier process made, or did not survive.
        told: Gets a `CheckStarted`, then an `Outcome` or `Skipped` for each check.
        log: Gets whatever is printed.
        shared: Where another process leaves what it finds (`Subject.shared`).
    """
    if hasattr(os, "setsid"):
        os.setsid()
    _redirect(log)
    own_home(shared)
    network.shut()
    files.shut(package_folders(address.distribution))
    try:
        checks = checks_of(address.kind)
        subject = _import(address, shared)
        for check in checks:
            if subject is not None and check.name not in done:
                told.send(CheckStarted(check.name, check.promise))
                told.send(_make(check, subject))
    finally:
        network.forget()
        files.forget()


def _import(address: Address, shared: Path) -> Subject | None:
    before = snapshot()
    import_plugin(address.distribution, address.id)
    changes, attempts, noted = tuple(differences(before, snapshot())), tuple(network.attempts()), tuple(files.noted())
    subject = locate(address.distribution, address.kind, address.id)
    network.start_over()  # to find it, everybody's plugins were imported
    files.start_over()
    if subject is None:
        return None
    files.shut(package_folders(address.distribution, implementations(subject)))
    return replace(subject, import_changes=changes, import_attempts=attempts, import_files=noted, shared=shared)


def _make(check: Check, subject: Subject) -> Outcome | Skipped:
    started = time.monotonic()
    try:
        messages = list(check.find(subject))
    except NotMade:
        return Skipped(check.name)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding about the plugin
        messages = [_crash(error)]
    remarks = tuple(str(message) for message in messages if isinstance(message, Remark))
    problems = tuple(message for message in messages if not isinstance(message, Remark))
    return Outcome(check.name, check.kind, check.promise, subject.id, problems, time.monotonic() - started, remarks)


def _crash(error: Exception) -> str:
    lines = "".join(traceback.format_exception(error)).rstrip().splitlines()
    return "the check ended in an error:\n" + "\n".join(lines[-_TRACEBACK_LINES:])


def _redirect(log: Path) -> None:
    """Send what this process and its children print to a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
