"""The launcher's end of the fork server, ``python -m earlyexp_bench.worker --serve``.

Why not the standard library's, the ``forkserver`` of `multiprocessing` with preload: it was tried, on Python 3.11, and
serves functions of one's own program, not workers that must owe nothing to it. There is one server a process, started
in the environment of that moment: variables that must be set before torch loads would have to be set in the caller's
own, and where a notebook or a data loader has started the server before, they do not arrive at all. Each child imports
the caller's script again, so that one without ``if __name__ == "__main__"`` fails, and takes over its ``sys.path``, so
that a file beside it passes for a library: ``-P`` is lost. A module that cannot be preloaded is passed over in silence
where that is an ImportError, and ends the server where it is another error, of which the caller learns ``EOFError:
unexpected EOF``. What it does give, death with the driver and exit codes, is the lesser part of these lines.
"""

import json
import logging
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

logger = logging.getLogger(__name__)


class ForkServer:
    """A server of its own process. When it ends, whatever the reason, its stages end with it.

    Attributes:
        ended: Why the server is gone, with what it last wrote; empty while it runs.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.ended = ""
        self._exits: dict[str, int] = {}
        self._errors: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self._process = subprocess.Popen(
            [*command, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,  # a request must not wait in a buffer, nor spoil `close` after the server died
            env=environment,
            start_new_session=True,  # Ctrl-C is for the driver, which then stops the server
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        os.set_blocking(self._answers.fileno(), False)
        self._unfinished = b""

    @property
    def alive(self) -> bool:
        """Tell whether the server can take a stage."""
        return not self.ended and self._process.poll() is None

    def run(self, directory: Path, job: str) -> None:
        """Start a stage."""
        self._send({"run": str(directory), "id": job})

    def cancel(self, job: str) -> None:
        """Kill a stage and everything it started."""
        self._send({"cancel": job})

    def exit_code(self, job: str) -> int | None:
        """Return the exit code of a stage, or None: it runs, or ``ended`` says why it does not. Does not wait."""
        if not self.ended:
            code = self._process.poll()  # before the last answers are read, or one could slip in between
            self._read_answers()
            if code is not None:
                self.ended = f"the fork server ended with exit code {code}\n{self._last_words()}".strip()
        return self._exits.get(job)

    def close(self) -> None:
        """End the server and every stage it runs, and wait until they are gone."""
        self._requests.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self.ended:
            self._read_answers()
            self.ended = "the executor was closed"
        self._answers.close()
        self._errors.close()

    def _read_answers(self) -> None:
        data = self._answers.read() or b""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for message in map(json.loads, lines):
            if "exit" in message:
                self._exits[message["id"]] = message["exit"]
            for module, error in message.get("broken", {}).items():
                logger.warning("workers cannot import %s; stages that need it will fail:\n%s", module, error)

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-2000:].decode(errors="replace")

    def _send(self, request: dict[str, str]) -> None:
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
        except (BrokenPipeError, ValueError):  # the server has died, or was closed: `ended` says so
            logger.debug("no fork server takes %s", request)
