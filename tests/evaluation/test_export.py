import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from earlyexp_bench.builtin._evaluators import AnswerLoss, DomainTasks, Loss
from earlyexp_bench.contracts import NoParams, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.evaluation import export_tasks, load_domain, save_domain, task_prefix
from earlyexp_bench.evaluation.adapter import TaskRequest, score
from earlyexp_bench.evaluation.model import load_lm


@pytest.fixture
def tasks(tmp_path, riddles):
    (tmp_path / "stored").mkdir()
    save_domain(tmp_path / "stored", riddles)
    domain, name = load_domain(tmp_path / "stored"), task_prefix("made-up/riddles")
    measured = [(Loss, "validation"), (Loss, "test"), (AnswerLoss, "test"), (DomainTasks, "test")]
    by_evaluator = [evaluator(NoParams()).tasks(domain, name, split, None) for evaluator, split in measured]
    return {task: config for tasks in by_evaluator for task, config in tasks.items()}


def test_every_task_becomes_yaml_with_its_documents_beside_it(tmp_path, tasks):
    names = export_tasks(tmp_path / "out", tasks)
    assert names == [
        "answer_loss_made_up_riddles_test",
        "loss_made_up_riddles_test",
        "loss_made_up_riddles_validation",
        "riddle_choice",
    ]
    config = yaml.safe_load((tmp_path / "out" / "riddle_choice.yaml").read_text())
    assert config["task"] == "riddle_choice"
    lines = Path(config["dataset_kwargs"]["data_files"]["test"]).read_text().splitlines()
    assert [json.loads(line) for line in lines] == tasks["riddle_choice"]["custom_dataset"]()["test"]


def test_a_task_with_a_function_is_refused(tmp_path, tasks):
    with pytest.raises(UserError, match="doc_to_text"):
        export_tasks(tmp_path / "out", {"x": {**tasks["riddle_choice"], "doc_to_text": str}})


@pytest.mark.slow
def test_the_stock_command_gives_the_scores_that_we_record(tmp_path, tasks, checkpoint):
    export_tasks(tmp_path / "out", tasks)
    names = "loss_made_up_riddles_test", "riddle_choice"
    command = [sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args", f"pretrained={checkpoint}"]
    command += ["--tasks", ",".join(names), "--include_path", str(tmp_path / "out"), "--device", "cpu"]
    command += ["--batch_size", "8", "--output_path", str(tmp_path / "results"), "--log_samples"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home"), "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=tmp_path)
    (results,) = [json.loads(path.read_text())["results"] for path in tmp_path.glob("results/**/results_*.json")]

    ours = score(load_lm(checkpoint, Numerics()), [TaskRequest(name, tasks[name], "target") for name in names])
    metrics = ours.output.on("target", "test").reported
    assert metrics["bits_per_byte"] == pytest.approx(results[names[0]]["bits_per_byte,none"], abs=1e-4)
    for metric in ("acc", "acc_norm"):
        assert metrics[f"riddle_choice.{metric}"] == pytest.approx(results[names[1]][f"{metric},none"], abs=1e-4)
    for name in names:
        assert _ours(ours.items, name) == pytest.approx(_theirs(tmp_path / "results", name), abs=1e-4)


def _ours(items, task):
    return [item.log_likelihood for item in items if item.task == task]


def _theirs(results, task):
    (path,) = results.glob(f"**/samples_{task}_*.jsonl")
    samples = sorted(map(json.loads, path.read_text().splitlines()), key=lambda sample: sample["doc_id"])
    answers = [answer for sample in samples for answer in sample["filtered_resps"]]
    return [float(answer[0] if isinstance(answer, list) else answer) for answer in answers]
