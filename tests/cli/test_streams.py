"""Nothing printed can stop a program."""

import errno
import io
import os
import sys

import pytest

from earlyexp_bench.cli.streams import UnbreakableFile, typed


@pytest.mark.parametrize(
    ("character", "written"),
    [
        *[
            ("λ", "lambda"),
            ("Δ", "Delta"),
            ("ς", "final"),
            ("→", "->"),
            ("–", "-"),
            ("é", "e"),
            ("ﬁ", "fi"),
            ("━", "-"),
        ],
        *[("│", "|"), ("╭", "+"), ("日", "\\u65e5"), ("\ud83d", "\\ud83d"), ("\udce4", "\\xe4"), ("…", "...")],
    ],
)
def test_a_character_that_an_encoding_lacks_can_still_be_read(character, written):
    assert typed(character) == written


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_a_full_device_takes_everything_and_is_remembered():
    with open("/dev/full", "wb") as device:  # noqa: PTH123 - a descriptor is wanted
        file = UnbreakableFile(device.fileno(), "w", closefd=False)
        text = io.TextIOWrapper(io.BufferedWriter(file), "utf-8")
        print("much" * 10_000, file=text, flush=True)
        assert file.lost is not None and file.lost.errno == errno.ENOSPC
        text.close()


def test_a_pipe_that_nobody_reads_any_more_takes_everything():
    reader, writer = os.pipe()
    os.close(reader)
    file = UnbreakableFile(writer, "w")
    assert file.write(b"gone") == 4
    assert file.lost is not None and file.lost.errno == errno.EPIPE
    file.close()


def test_a_terminal_that_somebody_made_non_blocking_is_waited_for():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    file = UnbreakableFile(writer, "w")
    while os.get_blocking(writer) is False and _fits(writer):
        pass
    pid = os.fork()
    if pid == 0:  # reads until all are gone
        os.close(writer)
        while os.read(reader, 1 << 16):
            pass
        os._exit(0)
    os.close(reader)
    assert file.write(b"late") == 4
    assert file.lost is None
    file.close()
    assert os.waitpid(pid, 0)[1] == 0


def _fits(descriptor: int) -> bool:
    try:
        return os.write(descriptor, b"x" * 4096) > 0
    except BlockingIOError:
        return False
