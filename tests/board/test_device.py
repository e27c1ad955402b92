"""A benchmark for a device that this machine lacks: planned, and said; never run."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.cli.output import plan_lines
from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_bench.launch import run_benchmark
from earlyexp_bench.options import Options
from earlyexp_bench.planning import probe as plan_probe
from earlyexp_bench.planning.prepare import prepare

LACKING = "cuda" if sys.platform == "darwin" else "mps"


OVERRIDES = (f"numerics.device={LACKING}", "numerics.instruction_set=native")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options("smoke", store=tmp_path / "store", out=tmp_path / "out", overrides=OVERRIDES)


ANSWER = {"parameters": 1, "flops_per_token": 1.0, "modules": []}


def test_it_is_planned_and_run_refuses_before_anything_is_trained(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = plan_probe.ask_worker
    monkeypatch.setattr(plan_probe, "ask_worker", lambda what, *rest: ANSWER if what == "--probe" else ask(what, *rest))
    assert any(f"this machine has no {LACKING}" in line for line in plan_lines(prepare(options)))
    with pytest.raises(UserError, match="torch finds none on this machine") as caught:
        run_benchmark(options, observer=None)  # type: ignore[arg-type]
    assert "numerics.device" in caught.value.where
    assert "numerics.device=cpu" in caught.value.expected
    assert not list(options.store.glob("work/*"))


def test_whether_it_is_there_is_asked_anew_each_time(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store may be shared between machines; the answer about the model is kept."""
    asked: list[str] = []
    here = True

    def ask(what: str, question: Any, environment: Any, *kernels: Any) -> Any:
        asked.append(what)
        return here if what == "--device" else ANSWER

    monkeypatch.setattr(plan_probe, "ask_worker", ask)
    assert prepare(options).probe.device_present
    assert prepare(options).probe.device_present
    assert asked == ["--device", "--probe", "--device"]
    here = False
    assert not prepare(options).probe.device_present


def test_a_full_disk_under_a_probe_is_the_users_to_mend(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    full = '{"message": "No space left on device", "where": "/tmp", "expected": "room on that disk"}'
    answered = subprocess.CompletedProcess([], 2, f"a library's word\n{full}\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answered)
    with pytest.raises(UserError, match="No space left on device"):
        prepare(options)


def test_a_probe_that_is_killed_says_so(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = subprocess.CompletedProcess([], -signal.SIGKILL, "", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: killed)
    with pytest.raises(EarlyExpError, match="ended by SIGKILL, as when memory runs out"):
        prepare(options)
