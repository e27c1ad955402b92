"""What `check` says of cells made again: identical, or which differs, where, and how far; nothing is trained here."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.checking import DIFFERENT, check_benchmark
from earlyexp_bench.checking.choose import spread
from earlyexp_bench.cli.check import print_checked
from earlyexp_bench.contracts import Record, UserError
from earlyexp_bench.launch import RunObserver
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.planning.native import natively
from earlyexp_bench.planning.prepare import load
from earlyexp_bench.planning.records import save_records
from earlyexp_bench.store import Store, read_records

PORTABLE = "numerics.instruction_set=portable"
Change = Callable[[Record], dict[str, Any] | None]
ARM = {"machine": "aarch64", "cpu_capability": "DEFAULT"}


def as_it_was(record: Record) -> dict[str, Any]:
    return {}


def of_another_loss(record: Record) -> dict[str, Any]:
    """A retained loss .25 nats higher, in every evaluation that has one."""
    if record.payload["kind"] != "evaluate" or "general" not in record.payload["parents"]:
        return {}
    found = record.output.model_dump() if record.output else {}
    found["scores"]["target"]["test"]["losses"]["text"] += 0.25
    return {"output": found}


def of_other_weights(record: Record) -> dict[str, Any]:
    return {"weight_hashes": {"final": "f" * 64}} if record.payload["kind"] == "posttrain" else {}


def on_another_machine(record: Record) -> dict[str, Any]:
    return {"environment": record.environment | ARM} | of_other_weights(record) | of_another_loss(record)


@pytest.fixture
def options(options: Options, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Of a portable benchmark, on a machine that has that instruction set."""
    monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: True)
    return replace(options, overrides=(*options.overrides, PORTABLE))


@pytest.fixture
def checked(
    options: Options, recorded: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """``checked(change, **arguments)`` checks published records against ones that differ from them by ``change``."""
    own = recorded(options)
    # A stage is the same on both instruction sets but for its key.
    same = {native.key: node.key for native, node in zip(natively_planned(options).nodes, own.nodes, strict=True)}
    save_records(options, tmp_path / "records" / "published.jsonl.gz")
    published = {record.key: record for record in read_records(tmp_path / "records" / "published.jsonl.gz")}

    def check(change: Change = as_it_was, wanted: Options = options, **arguments: Any) -> Any:
        def make(plan: Any, records: Any, options: Options, observer: RunObserver) -> None:
            for node in plan.nodes:
                record = published[same.get(node.key, node.key)]
                if (changed := change(record)) is not None:
                    made = {**record.model_dump(), "key": node.key, "payload": node.spec.payload(), **changed}
                    Store(options.store).place_record(Record.model_validate(made))

        monkeypatch.setattr("earlyexp_bench.checking.check._make", make)
        return check_benchmark(wanted, RunObserver(), records=tmp_path / "records", **arguments)

    return check


def natively_planned(options: Options) -> Plan:
    return build_plan(natively(load(options)))


def said(checked: Any, capsys: pytest.CaptureFixture[str]) -> str:
    print_checked(checked)
    return capsys.readouterr().out


def test_equal_cells_are_identical(checked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked()
    assert found.exit_code == 0
    assert said(found, capsys) == f"12 of 12 cells of {found.board} identical, to the bit\n"


def test_a_cell_of_another_loss_is_named_with_the_loss(checked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(of_another_loss, cells=4)
    assert found.exit_code == DIFFERENT
    lines = said(found, capsys)
    assert lines.startswith(f"0 of 4 cells of {found.board} identical")
    assert "different: baseline on procedural-target→procedural-downstream, seed 0," in lines
    assert "first in evaluate baseline" in lines
    here, published = re.findall(r"retained loss ([\d.]+) here, ([\d.]+) as published", lines)[0]
    assert float(here) - float(published) == pytest.approx(0.25, abs=0.011)
    assert f"scores.target.test.losses.text is {here} here, {published} as published" in lines
    assert not re.search(r"downstream loss [\d.]+ here", lines)


def test_the_first_stage_that_differs_is_named_and_not_those_below(checked: Any) -> None:
    (cell,) = checked(of_other_weights, cells=1).cells
    assert (cell.kind, cell.differences) == ("posttrain", ("other weights (final)",))


def test_another_type_of_machine_is_reported_beside_the_spread_of_seeds(
    checked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    found = checked(on_another_machine)
    assert found.exit_code == 0
    lines = said(found, capsys).splitlines()
    assert lines[1] == "12 differ on another type of machine, from posttrain on"
    # Seeds of `recorded` differ by .01 each in the retained loss, and not at all in the downstream one.
    assert "retained loss\t0.250\t0.250\t0.010" in lines
    assert "downstream loss\t0.000\t0.000\t0.000" in lines
    assert any(line.startswith("here on") and "aarch64" in line for line in lines)


def test_a_machine_without_the_portable_instruction_set_compares_its_native_cells(
    options: Options, checked: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earlyexp_bench.planning.native.portable_here", lambda: False)
    found = checked(on_another_machine, cells=2)
    assert found.native_instead and found.exit_code == 0 and len(found.cells) == 2
    assert "no portable instruction set (x86-64 with AVX2), so other bits are expected" in said(found, capsys)


def test_a_stage_that_could_not_be_made_is_no_difference(checked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(lambda record: None if record.payload["kind"] == "finetune" else {}, cells=2)
    assert found.exit_code == 1 and found.kept is not None and found.kept.is_dir()
    lines = said(found, capsys)
    assert "not made: baseline on" in lines and "first in finetune baseline" in lines
    shutil.rmtree(found.kept)


def test_cells_are_spread_evenly_and_always_the_same(options: Options) -> None:
    cells = build_plan(load(options)).cells
    chosen = spread(cells, 6)
    assert chosen == spread(cells, 6) and len(chosen) == 6
    assert set(Counter(cell.recipe for cell in chosen).values()) == {3}
    assert set(Counter(cell.seed for cell in chosen).values()) == {2}
    assert len({cell.sweep["finetuning.learning_rate"] for cell in chosen}) == 2
    assert spread(cells, 100) == cells


def test_the_cells_of_some_seeds_are_all_checked(checked: Any, options: Options) -> None:
    found = checked(wanted=replace(options, seeds=(1,)))
    assert len(found.cells) == 4 and all("seed 1" in cell.cell for cell in found.cells)


def test_a_store_of_other_results_is_refused_and_one_of_a_check_is_gone_on_with(checked: Any, options: Options) -> None:
    with pytest.raises(UserError, match="other results may be"):
        checked(keep=options.store)
    own = options.store.parent / "own"
    assert checked(keep=own, cells=1).kept == own
    assert checked(keep=own.parent / "other", cells=1).identical == 1


def test_records_of_nothing_that_is_planned_say_what_differs(checked: Any, options: Options) -> None:
    other = replace(options, overrides=(*options.overrides, "context=32"))
    with pytest.raises(UserError, match=r"no finished cell of smoke@\d\+.*identity.context is 32, there 64"):
        checked(wanted=other)


def test_a_benchmark_without_published_records_says_how_to_name_some(options: Options) -> None:
    with pytest.raises(UserError, match="has no published records") as caught:
        check_benchmark(replace(options, overrides=()), RunObserver())
    assert "--records DIR" in caught.value.expected
