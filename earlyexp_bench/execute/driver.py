"""Takes a plan to its end: runs what the store lacks, parents first, and shares the store with other launchers.

All state is in the store. A driver that dies loses nothing but the step its stages were at.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import Executor, JobStatus, Record, Resources, StageFailure, StageSpec, UserError
from earlyexp_bench.execute.events import Event, Failed, Finished, Hit, Progress, RunOutcome, Started, Waiting
from earlyexp_bench.execute.schedule import Schedule
from earlyexp_bench.execute.strict import StrictCode
from earlyexp_bench.planning import Node
from earlyexp_bench.store import STALE_AFTER, Lease, Store, read_failure

TICK = 0.02
PROGRESS_EVERY = 0.5
WAIT_EVERY = 0.5


def run_stages(
    nodes: Sequence[Node],
    store: Store,
    executor: Executor,
    *,
    workers: int,
    on_event: Callable[[Event], None] = lambda event: None,
    strict: StrictCode | None = None,
) -> RunOutcome:
    """Run every stage that has no record yet, at most ``workers`` at a time.

    A stage that fails does not stop the others; those below it are blocked. Those below a diverged one do not run.
    Stages that another launcher holds are waited for. The executor stays open, for the caller to close.

    Args:
        nodes: Stages; parents must be among them or in the store.
        store: Where results go.
        executor: Who runs a stage directory.
        workers: Most stages submitted at a time.
        on_event: Called in this thread for everything that happens.
        strict: Which records count as missing, though they are there.

    Raises:
        UserError: There are no workers.
        StoreError: A parent is neither planned nor in the store, a record there cannot be used, or the store is
            being collected.
        KeyboardInterrupt: Ctrl-C or SIGTERM. What ran was cancelled; the next run resumes from its checkpoints.
    """
    if workers < 1:
        raise UserError(f"{workers} workers cannot run anything", where="workers", expected="at least 1")
    strict = strict or StrictCode()
    presence = store.presence()  # before anything is looked up that `gc` might take away
    try:
        schedule = Schedule(nodes, store, on_event, strict.unwanted)
        driver = _Driver(store, executor, schedule, workers, on_event, strict, presence)
        with _terminable():
            try:
                return driver.run()
            finally:
                driver.stop()
    finally:
        presence.release()


@dataclass
class _Running:
    node: Node
    job: str
    lease: Lease
    directory: Path
    progress_written: int = 0


@dataclass
class _Driver:
    store: Store
    executor: Executor
    schedule: Schedule
    workers: int
    on_event: Callable[[Event], None]
    strict: StrictCode
    presence: Lease
    running: dict[str, _Running] = field(default_factory=dict)
    waiting: dict[str, Node] = field(default_factory=dict)

    def run(self) -> RunOutcome:
        progress, wait, heartbeat = _Timer(PROGRESS_EVERY), _Timer(WAIT_EVERY), _Timer(STALE_AFTER / 4)
        while True:
            self._fill()
            if not self.running and not self.waiting:
                return self.schedule.outcome
            time.sleep(TICK)
            self._collect()
            if heartbeat.due():
                self._renew()
            if progress.due():
                self._show_progress()
            if wait.due():
                self._ask_again()

    def stop(self) -> None:
        """Cancel what runs, as after an interruption; work directories stay."""
        for running in self.running.values():
            self.executor.cancel(running.job)
        for running in self.running.values():
            self._wait_until_gone(running)
            running.lease.release()
        self.running.clear()

    def _fill(self) -> None:
        while len(self.running) < self.workers and (node := self.schedule.pop()) is not None:
            self._start(node)

    def _start(self, node: Node) -> None:
        lease = self.store.lease(node.key)
        if lease is None:
            if node.key not in self.waiting:
                self.on_event(Waiting(node.key))
            self.waiting[node.key] = node
            return
        self.waiting.pop(node.key, None)
        if self._usable(node):
            lease.release()  # another launcher finished it since we looked
            self._hit(node)
            return
        try:
            directory = self.store.open_stage(self.strict.spec(node.spec, node.key))
            job = self.executor.submit(directory, _resources(node.spec))
        except BaseException:
            lease.release()
            raise
        self.running[node.key] = _Running(node, job, lease, directory)
        self.on_event(Started(node.key, directory))

    def _usable(self, node: Node) -> bool:
        return self.store.usable(node.spec.kind, node.key, self.strict.unwanted.get(node.key, ""))

    def _hit(self, node: Node) -> None:
        record = self.store.record(node.spec.kind, node.key)
        self.schedule.outcome.hits.append(node.key)
        self.on_event(Hit(node.key, record))
        self.schedule.done(node.key, record)

    def _collect(self) -> None:
        for running in list(self.running.values()):
            status = self.executor.poll(running.job)
            if status.state != "running":
                del self.running[running.node.key]
                self._end(running, status)
                running.lease.release()

    def _end(self, running: _Running, status: JobStatus) -> None:
        node = running.node
        if status.state == "done" and self._usable(node):
            self._finish(node, self.store.record(node.spec.kind, node.key))
            return
        failure = read_failure(running.directory) or StageFailure(status.detail or "it ended without a record")
        directory = self.store.fail(node.key, failure)
        self.on_event(Failed(node.key, failure, directory / "log.txt"))
        self.schedule.failed(node.key, failure)

    def _finish(self, node: Node, record: Record) -> None:
        self.store.forget_failure(node.key)
        self.schedule.outcome.finished.append(node.key)
        self.on_event(Finished(node.key, record))
        self.schedule.done(node.key, record)

    def _renew(self) -> None:
        self.presence.renew()
        for running in list(self.running.values()):
            if not running.lease.renew():
                # This process slept so long that another launcher has taken the stage over.
                self.executor.cancel(running.job)
                del self.running[running.node.key]
                self.waiting[running.node.key] = running.node
                self.on_event(Waiting(running.node.key))

    def _show_progress(self) -> None:
        for running in self.running.values():
            path = running.directory / "progress.json"
            try:
                written = path.stat().st_mtime_ns
                if written != running.progress_written:
                    self.on_event(Progress(running.node.key, json.loads(path.read_text(encoding="utf-8"))))
            except FileNotFoundError:
                continue  # none yet, or the stage has just ended
            running.progress_written = written

    def _ask_again(self) -> None:
        for node in list(self.waiting.values()):
            if self._usable(node):
                del self.waiting[node.key]
                self._hit(node)
            elif len(self.running) < self.workers:
                self._start(node)

    def _wait_until_gone(self, running: _Running) -> None:
        deadline = time.monotonic() + 10
        while self.executor.poll(running.job).state == "running" and time.monotonic() < deadline:
            time.sleep(TICK)


@dataclass
class _Timer:
    every: float
    next: float = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now < self.next:
            return False
        self.next = now + self.every
        return True


def _resources(spec: StageSpec) -> Resources:
    numerics = spec.numerics
    return Resources(
        cpu_threads=numerics.get("cpu_threads", 1),
        device=numerics.get("device", "cpu"),
        processes=spec.processes,
    )


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM stop the run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: Any = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
