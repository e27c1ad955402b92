"""The files of a board: where they may be written, written, and what the ones they replace had."""

from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.board.collect import timings
from earlyexp_bench.board.earlier import Earlier, Lost, lost
from earlyexp_bench.board.score import Scored, score_plan
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


def write_board(plan: Plan, store: Store, out: Path, before: Earlier) -> Results:
    """Score a plan's cells by their records, whatever there is, and write the results.

    Args:
        plan: The benchmark's.
        store: With the records.
        out: Folder of all boards.
        before: The board that is replaced.
    """
    return write_scored(score_plan(plan, store), plan, store, out, before)


def write_scored(scored: Scored, plan: Plan, store: Store, out: Path, before: Earlier) -> Results:
    """Write the results of a board that is scored; as `write_board`."""
    from earlyexp_bench.site import write_results

    folder = out / plan.loaded.board
    seconds = timings(plan, store)
    with writing(folder):
        page = write_results(scored.board, scored.cells, folder, claims=scored.claims, timings=seconds)
    return Results(scored.board, scored.cells, scored.claims, page, lost(before, scored.board))
