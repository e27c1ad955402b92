"""Rows that were made otherwise than the rest say so in every file and on the terminal, whatever is installed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.options import Options
from earlyexp_bench.planning import drift

OTHERWISE = [
    ("pretrain", {"torch": "2.1"}, "torch", "2.1", "2.0"),
    ("posttrain", {"package": "0.2.0"}, "earlyexp-bench", "0.2.0", "0.1.0"),
    ("finetune", {"code": {"earlyexp-bench": "b" * 64}}, "code of earlyexp-bench", "b" * 10, "a" * 10),
    ("evaluate", {"code": {}}, "code of earlyexp-bench", "not recorded", "a" * 10),
    (
        "posttrain",
        {"machine": "x86_64", "cpu_capability": "AVX2"},
        "type of machine",
        "x86_64, portable AVX2",
        "x86_64, portable AVX512",
    ),
    ("evaluate", {"distributions": {"earlyexp-x": "2"}}, "earlyexp-x", "2", "1"),
]
ELSE = {"machine": "x86_64", "cpu_capability": "AVX512", "distributions": {"earlyexp-x": "1"}}


def rows(out: Path) -> dict[str, Any]:
    board = json.loads((out / "leaderboard.json").read_text(encoding="utf-8"))
    return {row["recipe"]: row["pipelines"][0] for row in board["rows"]}


def page(out: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (out / "index.html").read_text(encoding="utf-8")))


@pytest.mark.parametrize(("kind", "changed", "name", "value", "usual"), OTHERWISE)
def test_a_row_that_was_made_with_other_software_is_marked(
    options: Options,
    recorded: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    kind: str,
    changed: dict[str, Any],
    name: str,
    value: str,
    usual: str,
) -> None:
    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        own = node.spec.kind == kind and ("early" in node.label or "λ=1" in node.label)
        return fields | {"environment": fields["environment"] | ELSE | (changed if own else {})}

    recorded(options, change)
    results = report_benchmark(options)
    found = rows(results.page.parent)
    assert found["early"]["other_software"] == [{"name": name, "value": value, "usual": usual, "cells": 6}]
    assert "other_software" not in found["baseline"] and "changed_parents" not in found["early"]
    said = f"of 6 cells 6 with {name} {value} (else {usual})"
    assert said in page(results.page.parent) and "other software" in page(results.page.parent)
    print_board(results.board)
    printed = capsys.readouterr().out
    assert said in printed and re.search(r"\tearly\t.*\tcomplete 6/6.*, other software", printed)


def test_a_few_cells_of_a_row_are_counted_and_so_are_the_references(
    options: Options, recorded: Callable[..., Any]
) -> None:
    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        late = node.spec.kind == "finetune" and node.label.endswith("s2")
        return fields | {"environment": fields["environment"] | ({"numpy": "3"} if late else {"numpy": "2"})}

    recorded(options, change)
    found = rows(report_benchmark(options).page.parent)
    of_two = [{"name": "numpy", "value": "3", "usual": "2", "cells": 2}]
    assert found["baseline"]["other_software"] == found["early"]["other_software"] == of_two


def test_a_plugin_that_only_one_row_uses_is_compared_within_the_row(
    options: Options, recorded: Callable[..., Any]
) -> None:
    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        early = node.spec.kind == "posttrain" and "early" in node.label
        version = "2" if node.label.endswith("s1") else "1"
        return fields | {"environment": fields["environment"] | ({"distributions": {"own": version}} if early else {})}

    recorded(options, change)
    found = rows(report_benchmark(options).page.parent)
    assert found["early"]["other_software"] == [{"name": "own", "value": "2", "usual": "1", "cells": 2}]
    assert "other_software" not in found["baseline"]


def test_a_row_made_from_weights_that_its_parents_no_longer_have_is_marked(
    options: Options, recorded: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def remade(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        return fields | ({"weight_hashes": {"final": "new"}} if node.label == "pretrain λ=1 s1" else {})

    recorded(options, remade)
    results = report_benchmark(options)
    found = rows(results.page.parent)
    assert found["early"]["changed_parents"] == 2
    assert "changed_parents" not in found["baseline"] and "other_software" not in found["early"]
    assert "Parents changed:" in page(results.page.parent)
    print_board(results.board)
    printed = capsys.readouterr().out
    assert "weights that their parents no longer have: early on procedural-target→procedural-downstream: 2 of 6" in (
        printed
    )
    assert re.search(r"\tearly\t.*\tcomplete 6/6.*, parents changed", printed)


def test_a_checkpoint_that_was_remade_after_it_was_scored_is_marked_too(
    options: Options, recorded: Callable[..., Any]
) -> None:
    def remade(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        return fields | ({"weight_hashes": {"final": "new"}} if node.spec.kind == "finetune" else {})

    recorded(options, remade)
    assert {row["changed_parents"] for row in rows(report_benchmark(options).page.parent).values()} == {6}


def test_a_board_says_the_same_whatever_is_installed_where_it_is_built(
    options: Options, recorded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(options, lambda _, fields: fields | {"environment": fields["environment"] | {"torch": "0.0.1"}})
    first = report_benchmark(options).page.parent
    kept = {path.name: path.read_bytes() for path in first.iterdir()}
    monkeypatch.setattr(drift, "library_versions", lambda: {"torch": "9.9.9"})
    again = report_benchmark(options).page.parent
    assert {path.name: path.read_bytes() for path in again.iterdir()} == kept
    assert b"other_software" not in kept["leaderboard.json"] and b"Other software:" not in kept["index.html"]


def test_an_upgrade_between_two_stages_that_all_rows_share_marks_no_row(
    options: Options, recorded: Callable[..., Any]
) -> None:
    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
        model = node.spec.parents.get("model")
        later = node.spec.kind == "finetune" or (model is not None and model.kind == "finetune")
        return fields | {"environment": fields["environment"] | ({"torch": "2.1"} if later else {})}

    recorded(options, change)
    assert not any("other_software" in row for row in rows(report_benchmark(options).page.parent).values())
