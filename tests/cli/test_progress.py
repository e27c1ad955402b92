"""A display shows whatever stages are called and say."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from earlyexp_bench.cli.output import print_table
from earlyexp_bench.cli.progress import LiveWatcher, Watcher
from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.execute import Failed, Progress, Started

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
