"""The panels of a page: a module and a template of one name each, in the order of ``ORDER``.

A module has ``panel(board, cells, claims)``, which returns what its panel shows, or None where it has nothing to show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import Spec

ORDER = (
    "status",
    "published",
    "answers",
    "verdicts",
    "warnings",
    "gains",
    "claims",
    "frontiers",
    "beside",
    "sensitivity",
    "accuracies",
    "points",
    "budget",
    "near_duplicates",
    "recipes",
    "meaning",
    "sizes",
    "machines",
)


@dataclass(frozen=True)
class Panel:
    """What a panel shows.

    Attributes:
        title: Heading of its section; without one it stands in the head of the page.
        values: For its template, which also has ``board``, ``terms``, ``legend`` and the filters of ``page.py``.
        charts: Vega-Lite by name, shown by an element with the class ``chart`` and ``data-chart="NAME"``.
    """

    title: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    charts: dict[str, Spec] = field(default_factory=dict)


def panels_of(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Iterator[tuple[str, Panel]]:
    """Yield the panels that have something to show, each with its name."""
    for name in ORDER:
        panel: Panel | None = import_module(f"{__name__}.{name}").panel(board, cells, claims)
        if panel is not None:
            yield name, panel
