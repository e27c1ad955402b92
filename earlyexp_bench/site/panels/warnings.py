"""What takes from a board's numbers: failures, contamination, disqualified rows, other software, changed parents."""

from collections import Counter
from collections.abc import Sequence

from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.contamination import advice, flagged, told
from earlyexp_bench.site.panels import Panel
from earlyexp_bench.site.provenance import parent_lines, software_lines


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show each warning that there is."""
    overlaps = {pipeline.name: flagged(board.terms, pipeline.name) for pipeline in board.terms.pipelines}
    recipes = [recipe for recipe in board.terms.recipes if recipe.disqualified]
    failures = Counter(_told(cell.failure) for cell in cells if cell.failure)
    return Panel(
        values={
            "failures": failures.items(),
            "contaminated": [(name, [told(one) for one in listed]) for name, listed in overlaps.items() if listed],
            "advice": advice(one for listed in overlaps.values() for one in listed),
            "disqualified": [(recipe.name, recipe.disqualified) for recipe in recipes],
            "made": software_lines(board),
            "changed_parents": parent_lines(board),
        }
    )


def _told(failure: StageFailure) -> tuple[bool, str, str, str]:
    """Whether the reader can mend it, where, what is wrong, what would be right; of a crash its class, too."""
    said = failure.message if failure.mendable else failure.reason
    return failure.mendable, failure.where, said, failure.expected
