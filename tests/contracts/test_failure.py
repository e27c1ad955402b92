"""Whose it is to mend that a stage failed."""

import errno
import os
from pathlib import Path

import pytest

from earlyexp_bench.contracts import StageFailure, UserError, explained, system_mistake


def chained(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


SYSTEM = [
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/store/x"), "/store/x: No space left on device", "gc"),
    (PermissionError(errno.EACCES, "Permission denied", "/store/leases"), "/store/leases: Permission denied", "owner"),
    (RuntimeError("Error while serializing: No space left on device (os error 28)"), "here: No space left", "gc"),
    (OSError("40000 requested and 8192 written"), "here: No space left on device", "gc"),
    (OSError("[Errno 122] Error writing bytes to file"), "here: Disk quota exceeded", "gc"),
    (chained(ValueError("cannot save"), OSError(errno.EROFS, "Read-only", "/ro")), "/ro: Read-only", "may write"),
]


@pytest.mark.parametrize(("error", "said", "remedy"), SYSTEM, ids=lambda value: str(value)[:30])
def test_what_the_system_lacks_is_said_with_its_reason_the_place_and_what_to_do(error, said, remedy):
    failure = StageFailure.of(error, Path("here"))
    assert failure.mendable and failure.fault == "system"
    assert failure.reason.startswith(said) and remedy in failure.expected


@pytest.mark.parametrize("error", [RuntimeError("shape (3, 28)"), FileNotFoundError(2, "No such file", "x"), OSError()])
def test_a_crash_is_no_condition_of_the_system_and_keeps_its_class_name(error):
    failure = StageFailure.of(error, Path("here"))
    assert system_mistake(error) is None
    assert not failure.mendable and failure.reason.startswith(type(error).__name__)


def test_a_users_mistake_is_told_without_a_class_name():
    failure = StageFailure.of(UserError("too long", where="mine.yaml:3: rank", expected="8"), Path("here"))
    assert failure.reason == "mine.yaml:3: rank: too long\n  expected: 8"
    assert StageFailure.read(vars(failure)) == failure


def test_any_error_of_the_system_can_be_explained():
    assert str(explained(FileNotFoundError(2, "No such file or directory", "x"))) == "x: No such file or directory"
    assert str(explained(OSError("odd"))) == "odd"
