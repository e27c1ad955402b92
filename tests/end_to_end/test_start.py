"""A benchmark that goes on from somebody's checkpoint."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, PreTrainedTokenizerFast

from earlyexp_bench.builtin._procedural import General
from earlyexp_bench.contracts import NoParams
from earlyexp_bench.stages.tokenizer import train_bpe

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"
TINY = [
    ("pretraining", {"tokens": "8K", "learning_rate": 1e-30, "weight_decay": 0}),
    ("posttraining", {"max_tokens": "6K"}),
    ("finetuning", {"tokens": "3K", "sweep": {"learning_rate": [5e-4]}}),
]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small Llama whose end token is not 0, with the tokenizer it would have been trained with."""
    tokenizer = train_bpe((d.text for d in itertools.islice(General(NoParams()).documents("train"), 300)), 380)
    tokenizer.add_special_tokens(["</s>"])
    end = tokenizer.token_to_id("</s>")
    assert end > 0
    config = LlamaConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
        vocab_size=end + 5, max_position_embeddings=256, eos_token_id=end,
    )  # fmt: skip
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "start")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>").save_pretrained(tmp_path / "start")
    return tmp_path / "start"


def write_benchmark(folder: Path, **changes: Any) -> Path:
    data = yaml.safe_load(SMOKE.read_text())
    del data["tokenizer"]
    data |= {
        "model": {"init_from": "start"},
        "target_tokens": "2K",
        "evaluators": [{"use": "loss", "max_documents": 5}],
    }
    for key, values in TINY:
        data[key] |= values
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(data | changes))
    return path


@pytest.mark.slow
def test_stage_1_starts_from_the_checkpoints_weights_and_a_moved_one_is_found_again(
    checkpoint: Path, tmp_path: Path, command: Any
) -> None:
    write_benchmark(tmp_path)
    done = command("run", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = next((tmp_path / ".earlyexp/store/pretrain").glob("*/*/final"))
    # At a rate of 1e-30 training moves nothing that fp32 could hold.
    theirs, ours = load_file(checkpoint / "model.safetensors"), load_file(folder / "model.safetensors")
    assert theirs.keys() == ours.keys()
    assert all(torch.equal(theirs[name], ours[name]) for name in theirs)
    assert AutoTokenizer.from_pretrained(folder).eos_token == "</s>"
    cells = pq.read_table(next((tmp_path / "results").iterdir()) / "cells.parquet").to_pylist()
    assert [cell["status"] for cell in cells] == ["done", "done"]
    shutil.move(checkpoint, tmp_path / "moved")
    write_benchmark(tmp_path, model={"init_from": str(tmp_path / "moved")})
    plan = json.loads(command("plan", "mine.yaml", "--json", cwd=tmp_path).stdout)
    assert {stage["state"] for stage in plan["stages"]} == {"hit"}


MISTAKES = [
    ({"model": {"init_from": "owner/name"}}, "mine.yaml:", "model.revision", "commit sha"),
    ({"model": {"init_from": "owner/name", "revision": "main"}}, "model.revision", "'main'", "commit sha"),
    ({"model": {"init_from": "start", "hidden_size": 64}}, "model", "'hidden_size' beside `init_from`", "revision"),
    ({"tokenizer": {"vocab_size": 300, "train_on": ["procedural-general"]}}, "mine.yaml", "`tokenizer` beside", "out"),
    ({"model": {"model_type": "llama"}}, "mine.yaml", "tokenizer: is missing", "random weights"),
    ({"context": 512}, "context", "max_position_embeddings, 256", "256 or less"),
]


@pytest.mark.parametrize(("changes", "where", "wrong", "right"), MISTAKES, ids=[case[2] for case in MISTAKES])
def test_a_mistake_exits_with_2_before_anything_is_written(
    checkpoint: Path, tmp_path: Path, command: Any, changes: dict[str, Any], where: str, wrong: str, right: str
) -> None:
    write_benchmark(tmp_path, **changes)
    done = command("plan", "mine.yaml", cwd=tmp_path)
    said = " ".join(done.stderr.split())
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in said
    for part in (where, wrong, right):
        assert part in said
    assert not (tmp_path / ".earlyexp").exists()


def test_weights_that_do_not_fit_their_configuration_are_named(checkpoint: Path, tmp_path: Path, command: Any) -> None:
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}))
    write_benchmark(tmp_path)
    done = command("plan", "mine.yaml", cwd=tmp_path)
    said = " ".join(done.stderr.split())
    assert done.returncode == 2, said
    for part in ("mine.yaml:", "model.init_from", "config.json", "tie_word_embeddings: false"):
        assert part in said
