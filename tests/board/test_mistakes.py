"""A mistake that only a worker can see is the user's to mend, whichever kind of stage saw it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from earlyexp_bench.board.as_json import plan_json
from earlyexp_bench.cli import main
from earlyexp_bench.contracts import JobStatus, Resources, StageFailure, StageKind, UserError
from earlyexp_bench.options import Options
from earlyexp_bench.planning import probe as plan_probe
from earlyexp_bench.planning.prepare import prepare
from earlyexp_bench.store import write_failure

MISTAKE = UserError("rank 9 is more than the model has", where="mine.yaml:3: rank", expected="at most 8")


@dataclass
class Refusing:
    """An executor whose worker finds the same mistake in every stage."""

    environment: Any = None

    def submit(self, directory: Path, resources: Resources) -> str:
        write_failure(directory, StageFailure.of(MISTAKE, directory))
        return "1"

    def poll(self, job: str) -> JobStatus:
        return JobStatus("failed", "exit code 2")

    def cancel(self, job: str) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize("kind", get_args(StageKind))
def test_it_exits_with_2_and_page_and_plan_say_what_to_mend(
    options: Options, recorded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capfd: Any, kind: StageKind
) -> None:
    answers = {"--probe": {"parameters": 1, "flops_per_token": 1.0, "modules": []}, "--device": True}
    monkeypatch.setattr(plan_probe, "ask_worker", lambda what, *rest: answers[what])
    monkeypatch.setattr("earlyexp_bench.launch.LocalExecutor", lambda *_, **__: Refusing())
    recorded(options, lambda node, fields: None if node.spec.kind == kind else fields)
    settings = ["--store", str(options.store), "--out", str(options.out), "--set", *options.overrides]
    monkeypatch.setattr(sys, "argv", ["earlyexp-bench", "run", "smoke", *settings])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capfd.readouterr()
    assert "error: mine.yaml:3: rank: rank 9 is more than the model has\n  expected: at most 8" in said.err
    pages = "".join(path.read_text() for path in options.out.glob("*/index.html"))
    assert ("To mend:</strong> mine.yaml:3: rank: rank 9 is more than the model has" in pages) == (
        kind in ("pretrain", "posttrain", "finetune", "evaluate")
    )
    planned = plan_json(prepare(options))["stages"]
    failures = [stage["failure"] for stage in planned if stage["failure"]]
    assert failures
    assert {(f["fault"], f["message"], f["where"], f["expected"]) for f in failures} == {
        ("user", MISTAKE.message, MISTAKE.where, MISTAKE.expected)
    }
    for text in (said.out, said.err, pages, *(stage["reason"] for stage in planned)):
        assert "UserError" not in text
        assert "Traceback" not in text
