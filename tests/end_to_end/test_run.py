"""What a user of `run` notices, on a benchmark of seconds."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow


def results(folder: Path) -> Path:
    (found,) = (folder / "results").iterdir()
    return found


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def test_results_are_written_and_every_cell_has_its_losses(finished: Path) -> None:
    folder = results(finished)
    for name in ("index.html", "leaderboard.json", "leaderboard.csv", "cells.parquet"):
        assert (folder / name).stat().st_size > 0
    cells = pq.read_table(folder / "cells.parquet").to_pylist()
    assert len(cells) == 2 * 2  # recipes x rates
    for cell in cells:
        assert cell["status"] == "done"
        for loss in ("immediate_loss", "retained_loss", "downstream_loss", "pretraining_loss"):
            assert 0 < cell[loss] < 12
            assert 0 < cell[f"{loss}_validation"] < 12


def test_every_cell_has_its_device_seconds_by_stage(finished: Path) -> None:
    cells = json.loads((results(finished) / "timings.json").read_text())["cells"]
    assert len(cells) == 2 * 2
    for cell in cells:
        assert cell["device_seconds"].keys() == {"pretrain", "posttrain", "finetune"}
        assert all(seconds > 0 for seconds in cell["device_seconds"].values())


def test_a_second_run_trains_nothing_and_writes_the_same_bytes(copied: Path, tiny: Any) -> None:
    before = {p.name: p.read_bytes() for p in results(copied).iterdir() if p.name != "timings.json"}
    again = tiny(copied)
    assert again.returncode == 0
    assert "nothing to run, every stage is in the store" in again.stdout
    assert {p.name: p.read_bytes() for p in results(copied).iterdir() if p.name != "timings.json"} == before


def test_a_moved_store_and_one_worker_give_the_same_board(finished: Path, tmp_path: Path, tiny: Any) -> None:
    other = tmp_path / "other"
    other.mkdir()
    done = tiny(other, "--workers", "1", "--store", "elsewhere", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stderr
    for name in ("leaderboard.json", "cells.parquet"):
        assert (results(other) / name).read_bytes() == (results(finished) / name).read_bytes()


def test_deleting_one_record_reruns_that_stage_alone(copied: Path, tiny: Any) -> None:
    records = sorted((copied / ".earlyexp/store/finetune").glob("*/*/record.json"))
    kept = {path: path.stat().st_mtime_ns for path in records[1:]}
    weights = json.loads(records[0].read_text())["weight_hashes"]
    records[0].unlink()
    again = tiny(copied)
    assert again.returncode == 0, again.stderr
    assert "1 of 27 stages to run" in again.stdout
    assert json.loads(records[0].read_text())["weight_hashes"] == weights
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_an_interrupted_run_goes_on_and_ends_in_the_same_board(finished: Path, tmp_path: Path, tiny: Any) -> None:
    command = [sys.executable, "-c", "from earlyexp_bench.cli import main; main()", *tiny.arguments]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_for(lambda: list(tmp_path.glob(".earlyexp/store/work/*/progress.json")), process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "go on with: earlyexp-bench run smoke" in said
    assert tiny(tmp_path).returncode == 0
    boards = [(results(folder) / "leaderboard.json").read_bytes() for folder in (tmp_path, finished)]
    assert boards[0] == boards[1]


def wait_for(condition: Any, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stage_that_diverges_is_recorded_and_the_rest_goes_on(tmp_path: Path, tiny: Any) -> None:
    done = tiny(tmp_path, "--set", "finetuning.sweep.learning_rate=[5e-4, 1e30]")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "diverged" in done.stdout
    cells = pq.read_table(results(tmp_path) / "cells.parquet").to_pylist()
    assert [c["status"] for c in cells].count("diverged") == 2
    assert [c["status"] for c in cells].count("done") == 2


def test_a_stage_that_crashes_leaves_its_log_and_the_others_finish(copied: Path, tiny: Any) -> None:
    """A checkpoint is destroyed; only what is made from it can fail."""
    store = copied / ".earlyexp/store"
    posttrain = sorted(store.glob("posttrain/*/*/final/model.safetensors"))[0]
    posttrain.write_bytes(b"not weights")
    for kind in ("finetune", "evaluate"):
        shutil.rmtree(store / kind)
    done = tiny(copied)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    cells = pq.read_table(results(copied) / "cells.parquet").to_pylist()
    assert sorted(c["status"] for c in cells) == ["done", "done", "failed", "failed"]
    logs = list(store.glob("failed/*/log.txt"))
    assert logs
    assert all("Traceback" in log.read_text() for log in logs)


def test_a_checkpoint_opens_in_transformers(finished: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    for kind in ("pretrain", "posttrain", "finetune"):
        folder = sorted((finished / ".earlyexp/store" / kind).glob("*/*/final"))[0]
        model = AutoModelForCausalLM.from_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        assert model.config.max_position_embeddings == 64
        assert model.config.vocab_size >= len(tokenizer)


def test_somebodys_recipe_lands_on_the_same_board(copied: Path, tiny: Any) -> None:
    (copied / "mine.yaml").write_text(
        "recipes:\n  mine: {exposure: {fraction: 0.5}, posttraining: [{use: lora, rank: 2}], finetuning: [dropout]}\n"
    )
    done = tiny(copied, "--recipes", "mine.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    recipes = {c["recipe"] for c in pq.read_table(results(copied) / "cells.parquet").to_pylist()}
    assert recipes == {"baseline", "early", "mine"}


def test_a_task_by_name_that_brings_its_data_is_scored_without_network(tmp_path: Path, tiny: Any) -> None:
    evaluators = "evaluators=[{use: loss, max_documents: 5}, {use: number_agreement, max_documents: 6}]"
    done = tiny(tmp_path, "--offline", "--set", evaluators)
    assert done.returncode == 0, done.stdout + done.stderr
    columns = pq.read_table(results(tmp_path) / "cells.parquet").column_names
    assert {"immediate/tasks/number_agreement.acc", "retained/tasks/number_agreement.acc"} <= set(columns)


def test_a_domain_without_a_unit_stops_a_run_before_anything_is_trained(tmp_path: Path, tiny: Any) -> None:
    letters = random.Random(0).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000)
    (tmp_path / "noise.txt").write_text("\n\n".join("".join(letters[i : i + 60]) for i in range(0, 6000, 60)))
    noise = f"domains={{noise: {{use: files, path: '{tmp_path}/noise.txt', document_separator: blank-line}}}}"
    done = tiny(tmp_path, "--set", noise, "--set", "pipelines.0.target=noise")
    assert done.returncode == 2
    assert "pipelines.0.target=noise: noise has no unit on" in done.stderr
    assert not list((tmp_path / ".earlyexp" / "store" / "pretrain").glob("*"))
