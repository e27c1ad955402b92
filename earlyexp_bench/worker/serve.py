"""The fork server: imports everything once, then forks one process per stage.

Reads JSON lines ``{"run": DIR, "id": ID}`` and ``{"cancel": ID}`` from stdin; writes ``{"ready": PID, "broken": {…}}``
once and ``{"id": ID, "exit": CODE}`` per stage to stdout, where a negative code is the signal that ended it. Stages
leak nothing into each other, and cost a fork instead of seconds of imports. No tensor may be made before a
fork: threads do not survive one.
"""

import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, get_args

from earlyexp_bench.contracts import StageKind, git_commit
from earlyexp_bench.hooks import all_code
from earlyexp_bench.worker.run import run_directory
from earlyexp_bench.worker.watch import die_at_end_of

DEFAULT_PRELOAD = (
    "torch",
    "transformers",
    "transformers.models.auto.modeling_auto",
    "accelerate",
    "lm_eval",
    "lm_eval.tasks",
    "lm_eval.evaluator",
    "peft",
    *(f"earlyexp_bench.stages.{kind}" for kind in get_args(StageKind)),
)


def serve(preload: Sequence[str]) -> int:
    """Serve until stdin ends, then kill what still runs and return 0."""
    answers = _private_stdout()
    broken = _preload(preload)
    # Cached for the children: the code that has been loaded, though files may change while stages run.
    git_commit()
    all_code()
    gc.freeze()  # collections in children would otherwise copy every page
    server = _Server(answers)
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run(broken)
    finally:
        server.kill_all()
    return 0


@dataclass
class _Server:
    answers: TextIO
    children: dict[int, str] = field(default_factory=dict)  # pid to job id
    unfinished_line: bytes = b""

    def __post_init__(self) -> None:
        self.life, self.life_writer = os.pipe()  # children die when its only writer, this process, does
        self.wakeup, wakeup_writer = os.pipe()
        for descriptor in (self.wakeup, wakeup_writer):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wakeup_writer)

    def run(self, broken: dict[str, str]) -> None:
        self._answer({"ready": os.getpid(), "broken": broken})
        while True:
            ready, _, _ = select.select([0, self.wakeup], [], [])
            if self.wakeup in ready:
                os.read(self.wakeup, 4096)
            self._reap()
            if 0 in ready and not self._read_requests():
                return

    def kill_all(self) -> None:
        for pid in list(self.children):
            _kill_group(pid)

    def _read_requests(self) -> bool:
        """Obey what has arrived; False at the end of stdin."""
        data = os.read(0, 1 << 16)
        *lines, self.unfinished_line = (self.unfinished_line + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "cancel" in request:
                self._cancel(request["cancel"])
            else:
                self._fork(Path(request["run"]), request["id"])
        return bool(data)

    def _fork(self, directory: Path, job: str) -> None:
        pid = os.fork()
        if pid == 0:
            self._child(directory)
        self.children[pid] = job

    def _child(self, directory: Path) -> None:
        """Run one stage in a process group of its own; never returns."""
        code = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(self.life_writer)
            os.close(self.answers.fileno())
            die_at_end_of(self.life)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            code = run_directory(directory)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def _cancel(self, job: str) -> None:
        for pid, running in self.children.items():
            if running == job:
                _kill_group(pid)

    def _reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid in self.children:
                self._answer({"id": self.children.pop(pid), "exit": os.waitstatus_to_exitcode(status)})

    def _answer(self, message: dict[str, Any]) -> None:
        self.answers.write(json.dumps(message) + "\n")
        self.answers.flush()


def _preload(names: Sequence[str]) -> dict[str, str]:
    """Import modules; return the tracebacks of those that cannot be. A stage that needs one says so itself."""
    broken = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - reported, and raised again in the stage that needs it
            broken[name] = traceback.format_exc()
    return broken


def _private_stdout() -> TextIO:
    """Keep stdout for the protocol: whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _kill_group(pid: int) -> None:
    # A child that was forked just now does not lead its group yet; then it is alone.
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
