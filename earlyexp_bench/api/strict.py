"""`--strict-code`: results are made again until none is of other software, or from weights that are gone.

A record is replaced only when its successor is whole. A parent that comes out with other bits leaves children that were
made from the former ones; their turn is the next round, one level further down each time.
"""

from collections.abc import Iterable

from earlyexp_bench.contracts import EarlyExpError, digest
from earlyexp_bench.execute import StrictCode
from earlyexp_bench.hooks import all_code
from earlyexp_bench.planning import NodeStatus, Plan, plan_status
from earlyexp_bench.store import Store


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
                f"{status.node.label} was just {status.reason.partition(':')[0]}; sources changed since this command "
                "started, or its workers have others; start it again"
            )
    return strict_code(refused)
