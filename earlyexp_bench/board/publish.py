"""The files of a board: where they may be written, written, and what the ones they replace had."""

from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.board.collect import timings
from earlyexp_bench.board.earlier import Earlier, Lost, lost
from earlyexp_bench.board.score import Scored
from earlyexp_bench.planning import Plan
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import Store, require_writable, writing


@dataclass(frozen=True)
class Results(Scored):
    """A board whose files were written.

    Attributes:
        page: ``index.html``.
        lost: What the board that was replaced had and this one lacks.
    """

    page: Path
    lost: Lost


def require_out(out: Path, loaded: LoadedBenchmark) -> None:
    """Refuse a folder of results in which the benchmark's board could not be written.

    Raises:
        UserError: With the system's reason.
    """
    with writing(out):
        folder = out / loaded.board
        require_writable(folder if folder.exists() else out)


def write_board(scored: Scored, plan: Plan, store: Store, out: Path, before: Earlier) -> Results:
    """Write the results of a scored board into its folder in ``out``, where the one ``before`` is replaced."""
    from earlyexp_bench.site import write_results

    folder = out / plan.loaded.board
    seconds = timings(plan, store)
    with writing(folder):
        page = write_results(scored.board, scored.cells, folder, claims=scored.claims, timings=seconds)
    return Results(scored.board, scored.cells, scored.claims, scored.comparison, page, lost(before, scored.board))
