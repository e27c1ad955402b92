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
from earlyexp_bench.execute.local import LocalExecutor
from earlyexp_bench.execute.strict import StrictCode, changed_below, strict_code

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
    "Started",
    "StrictCode",
    "Waiting",
    "changed_below",
    "run_stages",
    "strict_code",
]
