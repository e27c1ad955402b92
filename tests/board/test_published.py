"""Published records fill a board and are compared with; they are no stage's hit, and no other machine's bits mix in."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import earlyexp_bench.builtin
from earlyexp_bench.board.notes import notes_of_added
from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.board.score import Scored
from earlyexp_bench.contracts import library_versions
from earlyexp_bench.contracts.machine import NATIVE_ONLY
from earlyexp_bench.hooks import registry
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan, plan_status
from earlyexp_bench.planning.native import on_this_machine
from earlyexp_bench.planning.published import published, recipes_to_run
from earlyexp_bench.planning.records import save_records
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

SMOKE = Path(earlyexp_bench.builtin.__file__).with_name("smoke.yaml")
MINE = "recipes:\n  mine:\n    exposure: {fraction: 0.5}\n"
Recorded = Callable[..., Plan]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """A benchmark of five seeds, of which nothing is on record here."""
    written = SMOKE.read_text().replace("id: smoke", "id: few").replace("seeds: [0]", "seeds: [0, 1, 2, 3, 4]")
    written = re.sub("^version: .*$", "version: 1", written, flags=re.MULTILINE)
    (tmp_path / "few.yaml").write_text(written)
    (tmp_path / "mine.yaml").write_text(MINE)
    return Options(str(tmp_path / "few.yaml"), store=tmp_path / "store", out=tmp_path / "out")


@pytest.fixture
def publish(
    options: Options, tmp_path: Path, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Publish the whole benchmark, changed as the caller says."""

    def make(**change: Any) -> Path:
        elsewhere = replace(options, store=tmp_path / "elsewhere")
        recorded(elsewhere, **change)
        folder = tmp_path / "published" / "few@1"
        folder.mkdir(parents=True)
        save_records(elsewhere, folder / "records.jsonl.gz")
        monkeypatch.setattr(registry(), "published", (folder.parent,))
        return folder

    return make


def trained_here(recorded: Recorded, options: Options, *seeds: int, **made: Any) -> None:
    """Put stages of some seeds, and the data, on record in the user's own store."""

    def change(node: Any, fields: dict[str, Any]) -> dict[str, Any] | None:
        if (found := re.search(r" s(\d)$", node.label)) and int(found[1]) not in seeds:
            return None
        return fields | {
            name: fields.get(name, {}) | values if isinstance(values, dict) else values
            for name, values in made.items()
            if node.spec.numerics or name == "environment"
        }

    recorded(options, change)


def published_seeds(scored: Scored, recipe: str = "baseline") -> set[int]:
    return {cell.seed for cell in scored.cells if cell.published and cell.recipe == recipe}


def test_a_board_has_the_published_seeds_beside_those_made_here(
    options: Options, publish: Any, recorded: Recorded
) -> None:
    publish()
    trained_here(recorded, options, 0, 1)
    results = report_benchmark(options)
    assert results.board.complete
    assert published_seeds(results) == {2, 3, 4}
    assert results.comparison is not None
    assert (results.comparison.cells, results.comparison.different) == (8, ())
    assert (
        "baseline, seeds 0, 1; early, seeds 0, 1. The other 12 cells are the published ones" in results.page.read_text()
    )


def test_published_records_alone_make_the_board_that_was_published(options: Options, publish: Any) -> None:
    folder = publish()
    report_benchmark(replace(options, store=folder.parents[1] / "elsewhere", out=folder, own_only=True))
    results = report_benchmark(options)
    for file in ("leaderboard.json", "cells.parquet"):
        assert (results.page.parent / file).read_bytes() == (folder / "few@1" / file).read_bytes()
    assert "Made here" not in results.page.read_text()


def test_own_only_leaves_published_cells_out(options: Options, publish: Any, recorded: Recorded) -> None:
    publish()
    trained_here(recorded, options, 0)
    results = report_benchmark(replace(options, own_only=True))
    assert results.comparison is None
    assert {cell.seed for cell in results.cells if cell.status == "done"} == {0}


def test_no_published_record_is_a_hit(options: Options, publish: Any) -> None:
    publish()
    loaded = load_benchmark(options.benchmark)
    assert {status.state for status in plan_status(build_plan(loaded), Store(options.store))} <= {"miss", "blocked"}


def test_other_bits_are_counted_cell_by_cell_and_mixed_with_nothing(
    options: Options, publish: Any, recorded: Recorded
) -> None:
    publish()

    def other_at_seed_1(node: Any, fields: dict[str, Any]) -> dict[str, Any] | None:
        if node.label.endswith((" s2", " s3", " s4")):
            return None
        if node.spec.kind == "evaluate" and " early " in node.label and node.label.endswith(" s1"):
            for scores in fields["output"]["scores"].values():
                scores["test"]["losses"] = {on: loss + 0.25 for on, loss in scores["test"]["losses"].items()}
        return fields

    recorded(options, other_at_seed_1)
    results = report_benchmark(options)
    found = results.comparison
    assert found is not None
    assert (found.cells, len(found.different)) == (8, 2)
    assert all("early" in cell.label and "seed 1" in cell.label for cell in found.different)
    cell = found.different[0]
    assert cell.here - cell.published == pytest.approx(0.25)
    assert cell.spread == pytest.approx(0.0158, abs=1e-4)  # seeds 0 to 4, .01 apart
    assert published_seeds(results) == set()


def test_another_type_of_machine_gets_a_board_of_its_own(options: Options, publish: Any, recorded: Recorded) -> None:
    publish()
    trained_here(recorded, options, 0, environment={"machine": "aarch64"})
    results = report_benchmark(options)
    assert results.comparison is not None
    assert results.comparison.different == ()  # the same numbers, though nothing promises them for other seeds
    assert not results.comparison.joins
    assert published_seeds(results) == set()


def test_without_the_portable_instruction_set_cells_are_compared_by_their_losses(
    options: Options, publish: Any, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(options.benchmark)
    native = replace(options, benchmark=str(file.with_name("native.yaml")))
    Path(native.benchmark).write_text(file.read_text().replace("instruction_set: portable", "instruction_set: native"))
    publish()
    recorded(native, lambda _, fields: fields | {"environment": {"machine": "aarch64"}})
    monkeypatch.setenv(NATIVE_ONLY, "1")
    results = report_benchmark(options)
    assert results.board.terms.native_instead
    assert results.comparison is not None
    assert (results.comparison.cells, results.comparison.different) == (20, ())
    assert not results.comparison.joins
    assert published_seeds(results) == set()
    loaded = on_this_machine(load_benchmark(options.benchmark, recipes=file.with_name("mine.yaml")))
    assert recipes_to_run(loaded, published(options, loaded)) == ["baseline", "early", "mine"]


def test_a_changed_protocol_has_no_published_records(options: Options, publish: Any) -> None:
    publish()
    changed = replace(options, overrides=("target_tokens=5K",))
    installed = replace(load_benchmark(options.benchmark), changed="0123abcd")
    assert published(changed, installed) is None


def test_beside_published_rows_only_those_of_a_recipe_file_are_made(options: Options, publish: Any) -> None:
    publish(change=lambda _, fields: fields | {"environment": library_versions()})
    with_mine = replace(options, recipes=Path(options.benchmark).with_name("mine.yaml"))
    loaded = load_benchmark(with_mine.benchmark, recipes=with_mine.recipes)
    assert recipes_to_run(loaded, published(with_mine, loaded)) == ["mine"]
    alone = replace(with_mine, own_only=True)
    assert recipes_to_run(loaded, published(alone, loaded)) == ["baseline", "early", "mine"]


def test_notes_on_added_rows_know_the_budgets_of_the_published_ones(options: Options, publish: Any) -> None:
    publish()
    loaded = load_benchmark(options.benchmark, recipes=Path(options.benchmark).with_name("mine.yaml"))
    assert notes_of_added(build_plan(loaded, recipes=["mine"])) == []


def test_beside_rows_of_another_torch_the_reference_is_made_too(options: Options, publish: Any) -> None:
    publish(change=lambda _, fields: fields | {"environment": {"torch": "1.0"}})
    loaded = load_benchmark(options.benchmark, recipes=Path(options.benchmark).with_name("mine.yaml"))
    assert recipes_to_run(loaded, published(options, loaded)) == ["baseline", "early", "mine"]


def test_somebodys_row_is_paired_with_the_published_reference(
    options: Options, publish: Any, recorded: Recorded
) -> None:
    publish()
    with_mine = replace(options, recipes=Path(options.benchmark).with_name("mine.yaml"))
    loaded = load_benchmark(with_mine.benchmark, recipes=with_mine.recipes)
    needed = {node.key for node in build_plan(loaded, recipes=["mine"]).nodes}
    recorded(with_mine, lambda node, fields: fields if node.key in needed else None)
    results = report_benchmark(with_mine)
    assert results.board.complete
    assert published_seeds(results) == {0, 1, 2, 3, 4}
    assert published_seeds(results, "mine") == set()
    assert results.comparison is not None
    assert results.comparison.cells == 0
    assert results.comparison.stages > 0


def test_a_damaged_published_file_is_named(options: Options, publish: Any) -> None:
    file = publish() / "records.jsonl.gz"
    file.write_bytes(b"no records")
    with pytest.raises(Exception, match="cannot be read as a file of records"):
        report_benchmark(options)


def test_records_of_the_store_are_not_written_by_a_report(options: Options, publish: Any) -> None:
    publish()
    report_benchmark(options)
    assert not options.store.exists()
