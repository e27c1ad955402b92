"""What the command line prints, apart from progress."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earlyexp_bench.planning import NodeStatus
    from earlyexp_bench.planning.prepare import Prepared

BASIS = {
    "records": "this store's records",
    "published": "the published run's times",
    "rough": "a rough guess",
}
NATIVE_INSTEAD = (
    "this machine has no portable instruction set (x86-64 with AVX2) and trains on its own: its cells are "
    "compared with the published ones by their losses, not to the bit, and make a board of their own"
)
REASONS = 3  # of each kind of stage that a plan spells out


def print_error(message: str) -> None:
    """Print a message for the user's mistake to standard error, as it is: no markup, no wrapping."""
    print(f"error: {message}", file=sys.stderr)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: with rules on a terminal, tab-separated when piped."""
    if not sys.stdout.isatty():
        print("\t".join(columns))
        for row in rows:
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(markup=False, emoji=False, highlight=False).print(table)


def plan_lines(prepared: "Prepared") -> Iterable[str]:
    """Yield what a plan amounts to, in a few lines."""
    from earlyexp_bench.board.notes import notes_of_plan
    from earlyexp_bench.cli.drift import drift_lines
    from earlyexp_bench.contracts.quantity import short_amount
    from earlyexp_bench.planning import summary

    statuses, forecast = prepared.statuses, prepared.forecast
    for kind, states in summary(statuses).items():
        counts = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        yield f"  {kind:<13} {counts}"
        reasons = _reasons(statuses, kind)
        for reason, number in reasons[:REASONS]:
            yield f"                {number} × {reason}"
        if others := sum(number for _, number in reasons[REASONS:]):
            yield f"                {others} × {len(reasons) - REASONS} other reasons"
    for line in drift_lines(statuses):
        yield f"  {line}"
    if prepared.plan.loaded.native_instead:
        yield f"  {NATIVE_INSTEAD}"
    if not prepared.probe.device_present:
        device = prepared.plan.spec.numerics.device
        yield f"  this machine has no {device}, which the benchmark trains on: `run` must be given on one that has it"
    for note in notes_of_plan(prepared.plan):
        yield f"  {note}"
    if forecast.stages:
        yield (
            f"  to do: {forecast.stages} stages, at most {short_amount(forecast.update_tokens)} training tokens, "
            f"{forecast.flops:.2g} FLOPs, {duration(forecast.seconds)} by {BASIS[forecast.basis]}, "
            f"{forecast.disk_bytes / 1e6:.0f} MB of checkpoints"
        )
    else:
        yield "  to do: nothing, every stage is in the store"


def to_do(prepared: "Prepared") -> Iterable[str]:
    """Yield what a run will do and how long it takes, in a line, and what is to be known of a recipe file's rows."""
    from earlyexp_bench.board.notes import notes_of_added

    board, forecast = prepared.plan.loaded.board, prepared.forecast
    if forecast.stages:
        yield (
            f"{board}: {forecast.stages} of {len(prepared.statuses)} stages to run, {prepared.workers} at a time, "
            f"about {duration(forecast.seconds)} by {BASIS[forecast.basis]}"
        )
        yield "Ctrl-C stops it; the same command goes on where it stopped"
    else:
        yield f"{board}: nothing to run, every stage is in the store"
    if prepared.plan.loaded.native_instead:
        yield f"  {NATIVE_INSTEAD}"
    for note in notes_of_added(prepared.plan):
        yield f"  {note}"


def _reasons(statuses: "list[NodeStatus]", kind: str) -> list[tuple[str, int]]:
    of_kind = [status for status in statuses if status.node.spec.kind == kind]
    reasons = Counter(status.reason for status in of_kind if status.state != "hit" and status.reason)
    return reasons.most_common()


def duration(seconds: float) -> str:
    """Write seconds as ``1 h 05 min``, ``12 min`` or ``30 s``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
