"""What tasks are called in columns where they measure a domain that the benchmark makes itself.

Evaluators build names from a domain's id, and the id of every domain of plain files is ``builtin/files``. Columns have
the name that the benchmark gives the domain instead, as it is written there.
"""

import re
from collections.abc import Collection

from earlyexp_bench.contracts import task_prefix
from earlyexp_bench.planning import Plan


class TaskNames:
    """Names of a benchmark's measures."""

    def __init__(self, plan: Plan) -> None:
        own = plan.spec.domains
        prefixes = {name: task_prefix(domain.ref.id) for name, domain in plan.domains.items()}
        installed = {prefix for name, prefix in prefixes.items() if name not in own}
        self._own = {
            name: (_whole(prefix), _called(name, installed)) for name, prefix in prefixes.items() if name in own
        }

    def told_apart(self, measure: str, domain: str | None) -> str:
        """Return a measure's name with the name that the benchmark gives its domain in place of its id."""
        if domain not in self._own:
            return measure
        pattern, called = self._own[domain]
        return pattern.sub(lambda _: called, measure)


def _called(name: str, installed: Collection[str]) -> str:
    """A name as it is written, marked where it might be an installed domain's: those have a slash in their ids."""
    return f"domains.{name}" if "/" in name or name in installed else name


def _whole(prefix: str) -> re.Pattern[str]:
    """Match a prefix where no letter or digit goes on before or behind it."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(prefix)}(?![A-Za-z0-9])")
