"""What an executor is: who runs a stage directory, and where."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

JobState = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class Resources:
    """What one stage asks for.

    Attributes:
        cpu_threads: Threads the stage computes with, whatever the number of workers.
        device: ``cpu`` or ``cuda``.
        processes: Ranks under torchrun; 1 for a plain process.
    """

    cpu_threads: int = 1
    device: str = "cpu"
    processes: int = 1


@dataclass(frozen=True)
class JobStatus:
    """State of a submitted stage; ``detail`` says why it failed."""

    state: JobState
    detail: str = ""


@runtime_checkable
class Executor(Protocol):
    """Runs ``WORKER_COMMAND`` on a stage directory somewhere. Holds no state that the store lacks.

    Workers want the environment that `worker_environment` returns; one that is started with another starts over.
    """

    def submit(self, directory: Path, resources: Resources) -> str:
        """Start the stage in ``directory``; return a job id at once."""
        ...

    def poll(self, job: str) -> JobStatus:
        """Return the job's state without waiting."""
        ...

    def cancel(self, job: str) -> None:
        """Stop the job and everything it started; a no-op when it has ended."""
        ...

    def close(self) -> None:
        """Cancel what runs and release everything held."""
        ...
