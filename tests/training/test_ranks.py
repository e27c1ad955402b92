"""Two ranks, as torchrun starts them, train what one does, and drop the same of each row."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin.methods import DropoutParams
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import (
    Job,
    MethodStack,
    export_model,
    finetuning_mixture,
    load_model,
    load_split,
    make_deterministic,
    pack,
    save_tokens,
    train,
)
from earlyexp_testing import tiny_context


def train_in(directory: Path, numerics: Numerics) -> dict[str, torch.Tensor]:
    """Train the model in ``directory`` on the tokens there; the last batch is smaller than the number of ranks."""
    make_deterministic(numerics)
    model = load_model(directory, numerics)
    split = load_split(directory, "train")
    mixture = finetuning_mixture(pack(split, tokens=16 * 21, context=16, seed=0, role="downstream"), 0)
    rule = Optimization(learning_rate=1e-2, batch_tokens=64)
    methods = MethodStack([("dropout", Dropout(DropoutParams(p=0.2), tiny_context()))])
    methods.prepare(model)
    train(Job("finetune", 0, mixture, rule, numerics), model, methods)
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def main(directory: Path) -> None:
    """What each rank runs."""
    weights = train_in(directory, Numerics(micro_batch=1))
    if os.environ["RANK"] == "0":
        save_file({name: tensor.clone() for name, tensor in weights.items()}, directory / "trained.safetensors")
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_ranks_train_what_one_does(make_split, make_model, tokenizer_directory, tmp_path):
    export_model(make_model(), tmp_path, tokenizer_directory)
    save_tokens(tmp_path, {"train": make_split(80)})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    ranks = [
        subprocess.Popen(
            [sys.executable, __file__, str(tmp_path)],
            env={**os.environ, **common, "RANK": rank, "LOCAL_RANK": rank},
        )
        for rank in "01"
    ]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
    together = load_file(tmp_path / "trained.safetensors")
    alone = train_in(tmp_path, Numerics())
    assert together.keys() == alone.keys()
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, rtol=1e-3, atol=1e-4)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
