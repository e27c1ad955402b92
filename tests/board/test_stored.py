"""A board is rebuilt from a store that has some of it; from anything else it is not, and an earlier one stays."""

import json
from pathlib import Path
from typing import Any

import pytest
from outputs import FOUND

from earlyexp_bench.board.report import claims_of_benchmark, report_benchmark
from earlyexp_bench.cli.claims import claims
from earlyexp_bench.contracts import Record, StoreError, UserError
from earlyexp_bench.options import Options
from earlyexp_bench.planning import build_plan
from earlyexp_bench.planning.records import collect_garbage
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

CLAIMS = ("claims=[{claim: R4, reference: baseline, exposed: early}]",)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options("smoke", store=tmp_path / "store", out=tmp_path / "out", overrides=CLAIMS)


def put(options: Options, kind: str, part: str = "", **fields: Any) -> None:
    """Put every stage of a kind on record, or those with ``part`` in their label."""
    for node in build_plan(load_benchmark(options.benchmark, overrides=options.overrides)).nodes:
        if node.spec.kind == kind and part in node.label:
            known = {
                "key": node.key,
                "payload": node.spec.payload(),
                "status": "done",
                "output": None if "status" in fields else FOUND[kind],
            }
            Store(options.store).place_record(Record.model_validate(known | fields))


def nowhere(options: Options) -> None:
    pass


def a_file(options: Options) -> None:
    options.store.write_text("no store")


def other_things(options: Options) -> None:
    (options.store / "work" / "of mine").mkdir(parents=True)


def only_planned(options: Options) -> None:
    (options.store / "probes").mkdir(parents=True)


@pytest.mark.parametrize("made", [nowhere, a_file, other_things, only_planned])
@pytest.mark.parametrize("command", [report_benchmark, claims_of_benchmark])
def test_what_is_no_store_is_refused_and_nothing_is_written(options: Options, made: Any, command: Any) -> None:
    made(options)
    with pytest.raises(UserError, match="store is no store") as caught:
        command(options)
    assert caught.value.expected == "a folder that `run` or `records add` wrote; the default is .earlyexp/store"
    assert not options.out.exists()


def test_a_folder_of_something_else_is_not_cleaned_as_a_store(options: Options) -> None:
    other_things(options)
    with pytest.raises(UserError, match="is no store"):
        collect_garbage(options.store, delete=True)
    assert (options.store / "work" / "of mine").is_dir()


@pytest.mark.parametrize("command", [report_benchmark, claims_of_benchmark])
def test_a_store_of_which_no_cell_has_run_is_refused(options: Options, command: Any) -> None:
    put(options, "tokenizer")
    with pytest.raises(UserError, match=r"the store has no result of smoke@2\+") as caught:
        command(options)
    assert caught.value.expected == "`run smoke`, or `records add FILE`"
    assert not options.out.exists()


def test_a_cell_that_diverged_is_a_result(options: Options) -> None:
    put(options, "pretrain", status="diverged", reason="loss was nan at step 3")
    assert report_benchmark(options).board.counts.diverged == 4
    assert {outcome.word for claim in claims_of_benchmark(options).claims for outcome in claim.outcomes.values()} == {
        "undecided"
    }


def test_claims_about_a_part_say_first_how_much_has_run(options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    put(options, "pretrain", "λ=1", status="diverged", reason="loss was nan at step 3")
    claims(options.benchmark, store=options.store, set_=list(options.overrides))
    count, _, *lines = capsys.readouterr().out.splitlines()
    assert count.endswith(": 0 of 4 cells done, 2 diverged, 2 missing")
    assert {line.split("\t")[4] for line in lines} == {"not run"}
    claims(options.benchmark, store=options.store, set_=list(options.overrides), as_json=True)
    (words,) = {o["word"] for c in json.loads(capsys.readouterr().out)["claims"] for o in c["outcomes"].values()}
    assert words == "undecided"


def test_a_picture_that_cannot_be_drawn_leaves_the_board_as_it_was(options: Options) -> None:
    put(options, "pretrain", status="diverged", reason="loss was nan at step 3")
    with pytest.raises(UserError, match="cannot draw"):
        report_benchmark(options, picture=options.out.parent / "plots.gif")
    (options.out.parent / "file").touch()
    with pytest.raises(UserError, match=r"cannot write .*plots\.svg: "):
        report_benchmark(options, picture=options.out.parent / "file" / "plots.svg")
    assert not options.out.exists()


def test_a_picture_may_lie_in_the_folder_that_the_board_makes(options: Options) -> None:
    put(options, "pretrain", status="diverged", reason="loss was nan at step 3")
    report_benchmark(options, picture=options.out / "plots.svg")
    assert (options.out / "plots.svg").is_file()


def test_a_domain_without_a_unit_is_named_with_its_numbers(options: Options) -> None:
    both = {"ngrams": {on: {"unigram": 3.0, "bigram": 3.0} for on in ("text", "answer")}}
    found = FOUND["tokens"]
    put(options, "tokens", output=found | {split: found[split] | both for split in ("validation", "test")})
    with pytest.raises(UserError, match=r"has no unit on test: a bigram model .* 3\.000 nats .* frequencies 3\.000"):
        report_benchmark(options)


def test_a_record_without_a_loss_that_the_board_needs_says_which_and_where(options: Options) -> None:
    for kind in FOUND:
        scores = {"scores": {"target": FOUND["evaluate"]["scores"]["target"]}}
        put(options, kind, **({"output": scores} if kind == "evaluate" else {}))
    with pytest.raises(StoreError, match=r"the record in .*store/evaluate/.* has no loss of \w+ on test; delete"):
        report_benchmark(options)
