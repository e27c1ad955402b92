"""What `gc` takes comes back when it is needed; what `export-tasks` writes is scored by the stock command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def board(folder: Path) -> dict[str, bytes]:
    (results,) = (folder / "results").iterdir()
    return {path.name: path.read_bytes() for path in results.iterdir()}


def test_boards_outlive_their_checkpoints_and_what_a_later_run_needs_is_made_again(
    copied: Path, tiny: Any, command: Any
) -> None:
    shown, store = board(copied), copied / ".earlyexp/store"
    before = sorted(store.rglob("*.safetensors"))
    said = command("gc", cwd=copied)
    assert "would be freed" in said.stdout
    assert sorted(store.rglob("*.safetensors")) == before
    assert "MB freed" in command("gc", "--yes", cwd=copied).stdout
    assert not list(store.rglob("*.safetensors"))
    shutil.rmtree(copied / "results")
    assert command("report", *tiny.arguments[1:], cwd=copied).returncode == 0
    assert board(copied) == shown
    assert "nothing to run, every stage is in the store" in tiny(copied).stdout

    evaluation = sorted(store.glob("evaluate/*/*"))[0]
    shutil.rmtree(evaluation)
    assert "only its record is here, not its files, and " in command("plan", *tiny.arguments[1:], cwd=copied).stdout
    again = tiny(copied)
    assert again.returncode == 0, again.stdout + again.stderr
    assert list(store.rglob("*.safetensors"))
    timings = "timings.json"
    assert {**board(copied), timings: b""} == {**shown, timings: b""}


def test_gc_keeps_what_a_benchmark_names_and_refuses_what_is_no_store(copied: Path, tiny: Any, command: Any) -> None:
    shown = command("show", *tiny.arguments[1:], cwd=copied).stdout
    (copied / "tiny.yaml").write_text(shown)
    before = sorted((copied / ".earlyexp/store").rglob("*.safetensors"))
    assert command("gc", "--yes", "--keep", "tiny.yaml", cwd=copied).returncode == 0
    assert sorted((copied / ".earlyexp/store").rglob("*.safetensors")) == before
    nowhere = command("gc", "--store", "nowhere", cwd=copied)
    assert nowhere.returncode == 2
    assert "nowhere is no store" in nowhere.stderr


def test_the_stock_command_scores_an_exported_task_as_the_benchmark_did(
    finished: Path, tmp_path: Path, tiny: Any, command: Any
) -> None:
    exported = command("export-tasks", "tasks", "--benchmark", *tiny.arguments[1:], cwd=tmp_path)
    assert exported.returncode == 0, exported.stdout + exported.stderr
    task = "loss_builtin_procedural_target_test"
    assert task in exported.stdout.splitlines()
    record = next(
        found
        for path in sorted((finished / ".earlyexp/store/evaluate").glob("*/*/record.json"))
        if len((found := json.loads(path.read_text()))["output"]["scores"]) == 3
    )
    model = record["payload"]["parents"]["model"]
    checkpoint = finished / ".earlyexp/store/finetune" / model[0][:2] / model[0] / model[1]
    arguments = ["--model", "hf", "--model_args", f"pretrained={checkpoint}", "--tasks", task, "--device", "cpu"]
    arguments += ["--include_path", "tasks", "--batch_size", "8", "--output_path", "scores"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home"), "CUDA_VISIBLE_DEVICES": ""}
    stock = [sys.executable, "-m", "lm_eval", *arguments]
    subprocess.run(stock, check=True, capture_output=True, env=environment, cwd=tmp_path)
    (found,) = tmp_path.glob("scores/**/results_*.json")
    scored = json.loads(found.read_text())["results"][task]
    assert scored["bits_per_byte,none"] == pytest.approx(
        record["output"]["scores"]["target"]["test"]["further"]["bits_per_byte"], abs=1e-4
    )


def test_tasks_of_everything_installed_can_be_written(tmp_path: Path, command: Any) -> None:
    done = command("export-tasks", "tasks", cwd=tmp_path, EARLYEXP_PLUGINS="none")
    assert done.returncode == 0, done.stdout + done.stderr
    names = done.stdout.splitlines()[:-1]
    assert "answer_loss_builtin_procedural_downstream_test" in names
    assert {path.stem for path in (tmp_path / "tasks").glob("*.yaml")} == set(names)
