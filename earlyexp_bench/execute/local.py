"""Runs stages on this machine: forked from a preloaded server, or spawned."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from earlyexp_bench.contracts import WORKER_COMMAND, JobStatus, Resources, worker_environment
from earlyexp_bench.contracts.environment import InstructionSet
from earlyexp_bench.execute.fork_server import ForkServer

StartMethod = Literal["fork", "spawn"]


@dataclass
class LocalExecutor:
    """One process per stage, each in its own process group; they die with the process that holds this object.

    Attributes:
        cpu_threads: Threads of a forked stage; a spawned one has what its resources say.
        start_method: ``fork`` takes a tenth of the time to start that ``spawn`` takes, but only on Linux do system
            libraries survive it. GPU stages are always spawned.
        instruction_set: What kernels of a stage are chosen for.
        environment: Further variables for workers, e.g. ``HF_HUB_OFFLINE``.
        command: How a worker is started.
    """

    cpu_threads: int = 1
    start_method: StartMethod = "fork" if sys.platform == "linux" else "spawn"
    instruction_set: InstructionSet = "native"
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = WORKER_COMMAND
    _servers: list[ForkServer] = field(default_factory=list)  # the last one takes new jobs; those before it died
    _forked: dict[str, ForkServer] = field(default_factory=dict)
    _spawned: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _jobs: int = 0

    def submit(self, directory: Path, resources: Resources) -> str:
        """Start the stage in ``directory`` and return a job id at once."""
        self._jobs += 1
        job = str(self._jobs)
        if self._forks(resources):
            self._forked[job] = self._server()
            self._forked[job].run(directory.resolve(), job)
        else:
            self._spawned[job] = self._spawn(directory.resolve(), resources)
        return job

    def poll(self, job: str) -> JobStatus:
        """Return the job's state without waiting."""
        server = self._forked.get(job)
        code = server.exit_code(job) if server else self._spawned[job].poll()
        if code is None:
            ended = server.ended if server else ""
            return JobStatus("failed", ended) if ended else JobStatus("running")
        return JobStatus("done") if code == 0 else JobStatus("failed", _meaning(code))

    def cancel(self, job: str) -> None:
        """Kill the job and everything it started; a no-op when it has ended."""
        if job in self._forked:
            self._forked[job].cancel(job)
        elif job in self._spawned:
            _kill_group(self._spawned[job])

    def close(self) -> None:
        """Kill what runs, and the fork server."""
        for process in self._spawned.values():
            _kill_group(process)
        for server in self._servers:
            server.close()

    def _forks(self, resources: Resources) -> bool:
        plain = resources.device == "cpu" and resources.processes == 1 and resources.cpu_threads <= self.cpu_threads
        return plain and self.start_method == "fork" and hasattr(os, "fork")

    def _server(self) -> ForkServer:
        if not self._servers or not self._servers[-1].alive:
            self._servers.append(ForkServer(self.command, self._environment(self.cpu_threads)))
        return self._servers[-1]

    def _environment(self, cpu_threads: int) -> dict[str, str]:
        return worker_environment(cpu_threads, self.environment, instruction_set=self.instruction_set)

    def _spawn(self, directory: Path, resources: Resources) -> subprocess.Popen[bytes]:
        with (directory / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [*_under_torchrun(self.command, resources.processes), str(directory), "--watch-stdin"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(resources.cpu_threads),
                start_new_session=True,
            )


def _under_torchrun(command: Sequence[str], processes: int) -> list[str]:
    if processes == 1:
        return list(command)
    launcher = ("-P", "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}")
    # Its children are safe by PYTHONSAFEPATH; it knows no `-P` of theirs.
    return [command[0], *launcher, *(word for word in command[1:] if word != "-P")]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _meaning(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    hints = {signal.SIGKILL: " (out of memory?)", signal.SIGBUS: " (disk full?)"}
    killer = signal.Signals(-code)
    return f"killed by {killer.name}{hints.get(killer, '')}"
