"""The page of a run, rewritten while cells land."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from earlyexp_bench.board.earlier import earlier_board
from earlyexp_bench.board.publish import Results, write_board
from earlyexp_bench.board.score import score_plan
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import Plan
from earlyexp_bench.store import PublishedRecords, Store

FIRST_PAGE_SECONDS = 20.0
PAGE_SHARE = 0.03  # of the run's time may go into rewriting the page


class LivePage:
    """The files of a whole benchmark's board, rewritten as cells land, but not so often that it slows them.

    ``out`` is the folder of all boards; ``written`` takes the page's path whenever it was written; ``published`` cells
    stand beside those that land.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        out: Path,
        written: Callable[[Path], None],
        published: PublishedRecords | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._published = published
        self._out = out
        self._written = written
        self._next = time.monotonic() + FIRST_PAGE_SECONDS
        self._before = earlier_board(out / plan.loaded.board)

    def landed(self) -> None:
        """Take notice of a cell that came to its end."""
        if time.monotonic() >= self._next:
            with contextlib.suppress(UserError):  # training goes on; the last write says what is wrong if it still is
                self.write()

    def write(self) -> Results:
        """Write the board by the records that there are."""
        started = time.monotonic()
        scored = score_plan(self._plan, self._store, published=self._published)
        results = write_board(scored, self._plan, self._store, self._out, self._before)
        self._written(results.page)
        ended = time.monotonic()
        self._next = ended + max(FIRST_PAGE_SECONDS, (ended - started) / PAGE_SHARE)
        return results
