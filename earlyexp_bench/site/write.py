"""Write a board and its cells as files that others read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.assets import write_assets, write_plotting
from earlyexp_bench.site.cells import cells_parquet
from earlyexp_bench.site.claims import claims_dict
from earlyexp_bench.site.leaderboard import json_bytes, leaderboard_csv, leaderboard_json
from earlyexp_bench.site.page import page_bytes
from earlyexp_bench.site.recipes import recipes_dict
from earlyexp_bench.store import write_atomic


def write_results(
    board: Board,
    cells: Sequence[CellResult],
    out: Path,
    *,
    claims: Sequence[ClaimResult] = (),
    timings: dict[str, Any] | None = None,
    assets: Path | None = None,
) -> Path:
    """Write the page, the board as JSON and CSV, the cells as Parquet, where there are any, claims and methods as JSON.

    Each file is replaced as a whole.

    The same board and cells give the same bytes, whatever ``timings`` say: those go to a file of their own.

    Args:
        board: A scored board, complete or not.
        cells: The cells it was scored from.
        out: Folder to write into; made if absent.
        claims: Verdicts on the claims that the benchmark states.
        timings: Seconds, hosts and dates as JSON values.
        assets: Folder with the one copy of script and style that the pages of a site share; None: the plotting script
            is written beside the page, which holds the rest.

    Returns:
        The page, ``out/index.html``.
    """
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "leaderboard.json", leaderboard_json(board))
    _write(out / "leaderboard.csv", leaderboard_csv(board))
    _write(out / "cells.parquet", cells_parquet(board, cells))
    if claims:
        _write(out / "claims.json", json_bytes(claims_dict(board, claims)))
    _write_recipes(out / "recipes.json", recipes_dict(board))
    if timings is not None:
        _write(out / "timings.json", json_bytes({"schema_version": 1, **timings}))
    page = out / "index.html"
    if assets is None:
        write_plotting(out / "vega.js")
        _write(page, page_bytes(board, cells, claims))
    else:
        write_assets(assets)
        relative = Path(os.path.relpath(assets, out)).as_posix()
        _write(page, page_bytes(board, cells, claims, relative))
    return page


def _write_recipes(path: Path, recipes: dict[str, Any] | None) -> None:
    """A board without methods has no such file; nor does it keep the one of a board that lay there."""
    if recipes is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, json_bytes(recipes))


def _write(path: Path, content: bytes) -> None:
    """Write a file that no reader sees half-written; all of them can be made again."""
    write_atomic(path, content, durable=False)
