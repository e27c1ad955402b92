"""`--strict-code`: results are made again until none is of other software, or from weights that are gone.

A record is replaced only when its successor is whole. A parent that comes out with other bits leaves children that were
made from the former ones; their turn is the next round, one level further down each time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from earlyexp_bench.contracts import EarlyExpError, StageSpec, digest
from earlyexp_bench.hooks import all_code
from earlyexp_bench.planning import NodeStatus, Plan, plan_status
from earlyexp_bench.store import Store


@dataclass(frozen=True)
class StrictCode:
    """Results that are not to be used because other code made them.

    Attributes:
        code: Names the code here: what an interrupted run of other code left is not gone on with. Empty: it is.
        unwanted: Stage key to the hash of the record that is to be replaced.
    """

    code: str = ""
    unwanted: Mapping[str, str] = field(default_factory=dict)

    def spec(self, spec: StageSpec, key: str) -> StageSpec:
        """Return the stage as a worker is given it."""
        said = {"code": self.code, "replaces": self.unwanted.get(key, "")}
        return spec.model_copy(update={"runtime": spec.runtime.model_copy(update=said)})


def strict_code(statuses: Iterable[NodeStatus]) -> StrictCode:
    """Return which records of a strict plan are to be replaced."""
    return StrictCode(digest(all_code()), {s.node.key: s.replaces for s in statuses if s.replaces})


def changed_below(plan: Plan, store: Store) -> StrictCode:
    """Return what is to be replaced after a round, because the weights it was made from were.

    Raises:
        EarlyExpError: The round's own results are of other software: another round would not change that.
    """
    refused = [status for status in plan_status(plan, store, strict_code=True) if status.replaces]
    for status in refused:
        if status.drift:
            raise EarlyExpError(
                f"{status.node.label} was just made with {', '.join(map(str, status.drift))}; "
                "sources changed since this command started, or its workers have others; start it again"
            )
    return strict_code(refused)
