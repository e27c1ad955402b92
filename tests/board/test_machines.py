"""A board says on which types of machine its cells were made, and keeps the native and the portable apart."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options

INTEL = {"machine": "x86_64", "cpu_capability": "AVX2", "cpu": {"vendor": "GenuineIntel", "model": "Xeon", "flags": []}}
AMD = INTEL | {"cpu": {"vendor": "AuthenticAMD", "model": "EPYC", "flags": []}}
NATIVE, PORTABLE = (f"numerics.instruction_set={name}" for name in ("native", "portable"))


def on(environment: dict[str, Any], seed: int = -1) -> Callable[..., Any]:
    """Say that stages, or those of one seed, were made on a machine, and all others on Intel's."""

    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        there = environment if seed in (-1, node.spec.seed) or node.label.endswith(f"s{seed}") else INTEL
        return fields | {"environment": fields["environment"] | there}

    return change


def made_on(results: Any) -> tuple[list[dict[str, Any]], str]:
    """What ``leaderboard.json`` and the page say."""
    board = json.loads((results.page.parent / "leaderboard.json").read_text(encoding="utf-8"))
    return board["machines"], results.page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("instruction_set", "types"), [(NATIVE, 2), (PORTABLE, 1)])
def test_cells_of_two_processors_are_of_two_types_unless_they_are_portable(
    options: Options, recorded: Callable[..., Any], instruction_set: str, types: int
) -> None:
    options = replace(options, overrides=(*options.overrides, instruction_set))
    recorded(options, on(AMD, seed=1))
    machines, page = made_on(report_benchmark(options))
    assert len(machines) == types and sum(made["cells"] for made in machines) == 12
    assert ("Several types of machine" in page) == (types > 1)


def test_a_board_of_native_cells_in_place_of_portable_ones_says_so(
    options: Options, recorded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(replace(options, overrides=(*options.overrides, NATIVE)), on(INTEL))
    monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: False)
    portable = replace(options, overrides=(*options.overrides, PORTABLE))
    results = report_benchmark(portable)
    assert results.board.complete and results.board.terms.native_instead
    assert "not bit-comparable with the published ones" in made_on(results)[1]


@pytest.mark.parametrize("here", [True, False])
def test_cells_that_another_kind_of_machine_made_are_shown_by_themselves(
    options: Options, recorded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, here: bool
) -> None:
    """A machine without the portable instruction set reads a board of portable cells, and the other way round."""
    stored, portable = NATIVE if here else PORTABLE, replace(options, overrides=(*options.overrides, PORTABLE))
    recorded(replace(options, overrides=(*options.overrides, stored)), on(INTEL))
    monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: here)
    results = report_benchmark(portable)
    assert results.board.complete and results.board.terms.native_instead is here


def test_no_board_mixes_native_cells_with_portable_ones(
    options: Options, recorded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, kept in ((NATIVE, "s0"), (PORTABLE, "s1")):
        recorded(
            replace(options, overrides=(*options.overrides, name)),
            lambda node, fields, kept=kept: fields if node.spec.numerics and node.label.endswith(kept) else None,
        )
    monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: True)
    board = report_benchmark(replace(options, overrides=(*options.overrides, PORTABLE))).board
    assert {score.counts.done for row in board.rows for score in row.pipelines} <= {0, 2}
