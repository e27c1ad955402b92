"""A board and a run's end, as the command line prints them."""

import shlex
from typing import TYPE_CHECKING

from earlyexp_bench.cli.output import print_table

if TYPE_CHECKING:
    from earlyexp_bench.api.options import Options
    from earlyexp_bench.api.run import RunResult
    from earlyexp_bench.scoring import Board


def print_outcome(result: "RunResult", options: "Options") -> None:
    """Print where the page is, what failed and how to go on."""
    print(f"page: {result.page}")
    if result.outcome is None and result.exit_code:
        print(f"stopped; go on with: {command_line(options)}")
    elif result.outcome is not None and result.outcome.failed:
        failed, blocked = len(result.outcome.failed), len(result.outcome.blocked)
        print(f"{failed} stages failed, {blocked} wait for them; logs: {options.store / 'failed'}")
        print(f"try them again with: {command_line(options)}")


def command_line(options: "Options") -> str:
    """The command that goes on with a run."""
    from earlyexp_bench.api.options import Options

    words = ["earlyexp-bench", "run", options.benchmark]
    plain = Options(options.benchmark)
    for name in ("recipes", "workers", "store", "out"):
        if getattr(options, name) != getattr(plain, name):
            words += [f"--{name}", str(getattr(options, name))]
    if options.seeds:
        words += ["--seeds", ",".join(map(str, options.seeds))]
    for override in options.overrides:
        words += ["--set", override]
    return shlex.join(words + (["--offline"] if options.offline else []))


def print_board(board: "Board") -> None:
    """Print a board's headline and rows."""
    raise NotImplementedError
