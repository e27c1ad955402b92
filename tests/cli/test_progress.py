"""A display shows whatever stages are called and say."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from earlyexp_bench.cli.output import print_table, to_do
from earlyexp_bench.cli.progress import LiveWatcher, Watcher
from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.execute import Blocked, Failed, Progress, Started
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark

LABEL = "finetune a[/b] [red] :smile: λ"


def planned(watcher: Watcher, *missing: Any) -> Watcher:
    """Tell a watcher what is to be done, without its first lines."""
    watcher.nodes = {node.key: node for node in missing}
    watcher.total = len(missing)
    watcher._weights = {node.key: 1.0 for node in missing}
    return watcher


@pytest.mark.parametrize("kind", [Watcher, LiveWatcher])
def test_markup_in_names_and_losses_that_are_not_finite_stop_no_run(kind: Any, capsys: Any) -> None:
    watcher = planned(kind(), SimpleNamespace(key="k", label=LABEL))
    watcher.event(Started("k", Path()))
    for loss in (2.5, "inf", "nan"):
        watcher.event(Progress("k", {"step": 1, "steps": 2, "loss": loss, "tokens_per_second": "inf"}))
    watcher.event(Failed("k", StageFailure("lost [/x]", "code", type="ValueError"), Path("log.txt")))
    watcher.close()
    shown = capsys.readouterr().out
    assert f"failed: {LABEL}: ValueError: lost [/x]" in " ".join(shown.split())


def test_a_run_with_nothing_to_do_has_no_time_to_go() -> None:
    assert planned(Watcher()).remaining() == 0.0


def test_a_table_on_a_terminal_shows_brackets_as_they_are(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table("[/a]", ["what"], [["[use: sam] :smile: [/b]"]])
    assert "[use: sam] :smile: [/b]" in capsys.readouterr().out


def test_a_log_gets_few_lines(monkeypatch: Any, capsys: Any) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    nodes = [SimpleNamespace(key=str(number), label=LABEL) for number in range(600)]
    watcher = planned(Watcher(), *nodes)
    for node in nodes:
        clock.now += 6.0
        watcher.event(Started(node.key, Path()))
        watcher.event(Progress(node.key, {"step": 1, "steps": 2}))
        watcher.event(Blocked(node.key, ""))
    lines = capsys.readouterr().out.splitlines()
    assert 8 <= len(lines) <= 12  # of an hour
    assert lines[-1].endswith("to go")


def test_a_half_done_stage_counts_half() -> None:
    watcher = planned(Watcher(), SimpleNamespace(key="a", label="a"), SimpleNamespace(key="b", label="b"))
    watcher.event(Progress("a", {"step": 5, "steps": 10}))
    assert watcher.share() == 0.25


def test_the_first_line_says_what_runs_and_for_how_long_and_no_reasons() -> None:
    forecast = SimpleNamespace(stages=62, seconds=600.0, basis="published")
    plan = build_plan(load_benchmark("smoke"))
    prepared: Any = SimpleNamespace(plan=plan, forecast=forecast, statuses=[None] * 70, workers=2)
    (line,) = to_do(prepared)
    assert line.startswith("smoke@2: 62 of 70 stages to run, 2 at a time, 10 min by the published run's times")


def test_time_to_go_starts_as_forecast_and_ends_as_measured(monkeypatch: Any) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    watcher = planned(Watcher(), *(SimpleNamespace(key=str(number), label="") for number in range(100)))
    watcher.forecast_seconds = 100.0
    assert watcher.remaining() == 100.0
    clock.now = 30.0  # the first stage took long to start
    watcher.event(Blocked("0", ""))
    assert watcher.remaining() < 300.0
    clock.now = 150.0
    for number in range(1, 50):
        watcher.event(Blocked(str(number), ""))
    assert watcher.remaining() == pytest.approx(150.0)
