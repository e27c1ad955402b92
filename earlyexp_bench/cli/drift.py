"""What the command line says of stored results that other software made, in a line each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earlyexp_bench.planning import NodeStatus

SHOWN = 3


def drift_lines(statuses: "Iterable[NodeStatus]") -> Iterator[str]:
    """Yield a line on software, one on parents' weights and one on machines, each only where there is something."""
    stored = [status for status in statuses if status.state in ("hit", "diverged")]
    of_all = f"of {len(stored)} stored results were made"
    drifted = [status for status in stored if status.drift]
    if drifted:
        software = _most_common(Counter(str(difference) for status in drifted for difference in status.drift))
        yield f"{len(drifted)} {of_all} with other software: {software}; --strict-code makes them again"
    changed = sum(bool(status.changed_parents) for status in stored)
    if changed:
        yield f"{changed} {of_all} from weights that their parents no longer have; --strict-code makes them again"
    machines = Counter(status.machine for status in stored if status.machine)
    if len(machines) > 1:
        yield f"stored results mix types of machine, whose bits differ: {_most_common(machines)}"


def _most_common(counts: Counter[str]) -> str:
    shown = [f"{number} × {name}" for name, number in counts.most_common(SHOWN)]
    return ", ".join(shown) + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")
