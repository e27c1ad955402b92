"""The launcher's end of the fork server, ``python -m earlyexp_bench.worker --serve``."""

import json
import logging
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)


class ForkServer:
    """A running server. When it ends, whatever the reason, its stages end with it.

    Attributes:
        exits: Job id to exit code, of the jobs that have ended; a negative code is a signal.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.exits: dict[str, int] = {}
        self._errors: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self._process = subprocess.Popen(
            [*command, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the driver, which then stops the server
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        os.set_blocking(self._answers.fileno(), False)
        self._unfinished = b""

    def run(self, directory: Path, job: str) -> None:
        """Start a stage."""
        self._send({"run": str(directory), "id": job})

    def cancel(self, job: str) -> None:
        """Kill a stage and everything it started."""
        self._send({"cancel": job})

    def poll(self) -> None:
        """Read what has ended into ``exits``, without waiting."""
        data = self._answers.read() or b""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    @property
    def alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The end of what a dead server wrote to stderr, with its exit code."""
        self._errors.seek(0)
        text = self._errors.read()[-2000:].decode(errors="replace")
        return f"the fork server ended with exit code {self._process.poll()}\n{text}".strip()

    def close(self) -> None:
        """End the server and every stage it runs, and wait until they are gone."""
        self._requests.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._errors.close()

    def _send(self, request: dict[str, str]) -> None:
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            logger.warning(self.last_words())

    def _take(self, message: dict[str, Any]) -> None:
        if "exit" in message:
            self.exits[message["id"]] = message["exit"]
        for module, error in message.get("broken", {}).items():
            logger.warning("workers cannot import %s; stages that need it will fail:\n%s", module, error)
