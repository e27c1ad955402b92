"""``earlyexp-bench plugins check`` and ``plugins new``: they parse, call the kit, and print."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from earlyexp_testing.conformance.check import Outcome


def _at_home(path: Path) -> Path:
    """Replace ``~`` in a path: shells do not in ``--into=~/packages``."""
    from earlyexp_bench.contracts.paths import expanded

    return expanded(path)


Name = Annotated[str, typer.Argument(help="A distribution, entry point or component, e.g. earlyexp-music.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NewKind = Annotated[
    Literal["method", "domain", "evaluator", "benchmark"], typer.Argument(help="What the package is to bring.")
]
NewName = Annotated[str, typer.Argument(help="Its name: lower case, digits and hyphens; the package is earlyexp-NAME.")]
Into = Annotated[Path, typer.Option(callback=_at_home, help="Folder in which the package's folder is made.")]


def check(name: Name, as_json: AsJson = False) -> None:
    """Check that a plugin keeps its promises, on a tiny model; exit with 1 if it breaks one."""
    from earlyexp_testing.conformance.run import check_plugin

    started = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in check_plugin(name):
        outcomes.append(outcome)
        if not as_json:
            _print(outcome)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if as_json:
        print(json.dumps({"passed": not failed, "checks": [_row(outcome) for outcome in outcomes]}, indent=1))
    else:
        print(f"{len(outcomes)} checks made in {time.monotonic() - started:.0f} s, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


def new(kind: NewKind, name: NewName, into: Into = Path()) -> None:
    """Write a package that brings a method, a domain, an evaluator or a benchmark, with tests that pass."""
    from earlyexp_testing.scaffold import new_plugin

    made = new_plugin(kind, name, into)
    for path in made.files:
        print(path)
    print(f"next: cd {made.folder} && pip install -e '.[test]' && pytest; then edit {made.edit_first}")


def _print(outcome: "Outcome") -> None:
    print(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.subject}: {outcome.check}", flush=True)
    for problem in outcome.problems:
        text = problem.replace("\n", "\n         ")
        print(f"       - {text}", flush=True)
    for remark in outcome.remarks:
        print(f"       note: {remark}", flush=True)


def _row(outcome: "Outcome") -> dict[str, Any]:
    return {
        "subject": outcome.subject,
        "kind": outcome.kind,
        "check": outcome.check,
        "promise": outcome.promise,
        "passed": outcome.passed,
        "problems": list(outcome.problems),
        "remarks": list(outcome.remarks),
        "seconds": round(outcome.seconds, 3),
    }
