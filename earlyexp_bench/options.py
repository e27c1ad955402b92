"""Which benchmark to plan, against which store, and how it is run."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = Path(".earlyexp") / "store"
DEFAULT_OUT = Path("results")


@dataclass(frozen=True)
class Options:
    """Which benchmark, with what, and where results go.

    Attributes:
        benchmark: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes.
        overrides: ``key=value`` each; they change the protocol, so the board gets a name of its own.
        seeds: Run these only; None for the benchmark's own.
        workers: Stages at a time; None for as many as the cores allow.
        processes: Ranks that train each stage together, under torchrun.
        store: Folder of records and checkpoints.
        out: Folder of results; a board is written to ``out/<benchmark>@<version>``.
        offline: Forbid hub access in every worker.
        own_only: Leave the benchmark's published records out: they are neither compared with nor shown.
        strict_code: Make again what other software made, and what was made from weights that are not there any more.
    """

    benchmark: str
    recipes: Path | None = None
    overrides: tuple[str, ...] = ()
    seeds: tuple[int, ...] | None = None
    workers: int | None = None
    processes: int = 1
    store: Path = DEFAULT_STORE
    out: Path = DEFAULT_OUT
    offline: bool = False
    own_only: bool = False
    strict_code: bool = False

    @property
    def worker_environment(self) -> dict[str, str]:
        """Variables that every worker gets beside its own."""
        return {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"} if self.offline else {}
