"""Columns tell two domains of plain files apart, by the names that the benchmark gives them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options

INSTALLED = "music/tunes"


@pytest.fixture
def measured(options: Options, recorded: Callable[..., Any], tmp_path: Path) -> Callable[[str, str], Any]:
    """Report a board of two domains, each measured by a task that is called by its id, and give its cells."""

    def measure(target: str, downstream: str) -> Any:
        own = [name for name in (target, downstream) if name != INSTALLED]
        made = [f"domains={{{', '.join(_files(name, tmp_path / f'{i}.txt') for i, name in enumerate(own))}}}"]
        pipeline = f"pipelines=[{{target: '{target}', downstream: '{downstream}'}}]"
        changed = replace(options, overrides=(*options.overrides, *made, pipeline))

        def with_tasks(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
            if node.spec.kind != "evaluate":
                return fields
            for measurement in node.spec.identity["measurements"]:
                prefix = measurement["domain"]["id"].replace("/", "_").replace("-", "_")
                scores = fields["output"]["scores"].get(measurement["role"], {}).get("test", {})
                scores.setdefault("further", {}).update(
                    {f"words_{prefix}_test.acc": 0.5, f"{prefix}x.acc": 0.5, "other.acc": 0.5}
                )
            answers = {f"words_{_prefix(target)}_test": {"correct": "10", "chance": 0.5, "documents": "d"}}
            fields["output"]["scores"]["target"]["test"]["answers"] = answers
            return fields

        recorded(changed, with_tasks)
        results = report_benchmark(changed)
        columns = pq.read_table(results.page.parent / "cells.parquet").column_names
        tasks = {a.task for row in results.board.rows for score in row.pipelines for a in score.whole.accuracies}
        return {column for column in columns if column.startswith("retained/")}, tasks

    return measure


def _files(name: str, path: Path) -> str:
    # Text of its own: the same documents would be one domain.
    path.write_text("".join(f"{name} {number}\n\n" for number in range(60)))
    return f"'{name}': {{use: files, path: '{path}'}}"


def _prefix(name: str) -> str:
    return name.replace("/", "_").replace("-", "_") if name == INSTALLED else "builtin_files"


def test_two_domains_of_plain_files_have_columns_by_their_names(measured: Any) -> None:
    columns, tasks = measured("mine", "theirs")
    assert {"retained/target/words_mine_test.acc", "retained/downstream/words_theirs_test.acc"} <= columns
    assert not any("builtin_files_test" in column for column in columns)
    assert tasks == {"immediate/target/words_mine_test", "retained/target/words_mine_test"}


def test_what_only_begins_alike_or_names_no_domain_is_left_alone(measured: Any) -> None:
    columns, _ = measured("mine", "theirs")
    assert {"retained/target/builtin_filesx.acc", "retained/target/other.acc", "retained/target/answer_loss"} <= columns


@pytest.mark.parametrize("names", [("a-b", "a_b"), ("a.b", "a+b"), ("a b", "ab"), ("\\1", "λ"), ("builtin_files", "x")])
def test_names_stay_apart_as_they_are_written(measured: Any, names: tuple[str, str]) -> None:
    columns, _ = measured(*names)
    target, downstream = names
    assert {f"retained/target/words_{target}_test.acc", f"retained/downstream/words_{downstream}_test.acc"} <= columns


@pytest.mark.parametrize("own", ["music_tunes", "music/other"])
def test_a_name_that_might_be_an_installed_domains_is_marked(measured: Any, own: str) -> None:
    columns, _ = measured(own, INSTALLED)
    assert f"retained/target/words_domains.{own}_test.acc" in columns
    assert "retained/downstream/words_music_tunes_test.acc" in columns
