"""Who runs stages, and where: the driver, and the executor for this machine."""

from earlyexp_bench.execute.driver import run_stages
from earlyexp_bench.execute.events import (
    Blocked,
    DivergedAbove,
    Event,
    Failed,
    Finished,
    Hit,
    Progress,
    RunOutcome,
    Started,
    Waiting,
)
from earlyexp_bench.execute.local import LocalExecutor, StartMethod
from earlyexp_bench.execute.strict import StrictCode

__all__ = [
    "Blocked",
    "DivergedAbove",
    "Event",
    "Failed",
    "Finished",
    "Hit",
    "LocalExecutor",
    "Progress",
    "RunOutcome",
    "StartMethod",
    "Started",
    "StrictCode",
    "Waiting",
    "run_stages",
]
