"""Two ranks, as torchrun starts them, train with mitigations what one does."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import Job, MethodStack, finetuning_mixture, make_deterministic, train
from earlyexp_mitigations._ema import EMA
from earlyexp_mitigations._ewc import EWC
from earlyexp_mitigations._flow import FLOW
from earlyexp_mitigations._l2sp import L2SP
from earlyexp_mitigations._sam import SAM
from earlyexp_mitigations.averages import EMAParams
from earlyexp_mitigations.objectives import FLOWParams, SAMParams
from earlyexp_mitigations.penalties import EWCParams, L2SPParams
from earlyexp_testing import tiny_context, tiny_model, tiny_sequences


def train_with(numerics: Numerics) -> dict[str, torch.Tensor]:
    """The last batch is smaller than the number of ranks."""
    make_deterministic(numerics)
    model = tiny_model(tie_word_embeddings=False)
    context = tiny_context("posttrain", tokens={"general": tiny_sequences(6, "general")})
    methods = [
        SAM(SAMParams(), context),
        FLOW(FLOWParams(), context),
        EWC(EWCParams(), context),
        L2SP(L2SPParams(strength=1.0), context),
        EMA(EMAParams(), context),
    ]
    stack = MethodStack([(type(method).__name__, method) for method in methods])
    mixture = stack.mixture(finetuning_mixture(tiny_sequences(21), 0))
    stack.prepare(model)
    train(Job("posttrain", 0, mixture, Optimization(learning_rate=1e-2, batch_tokens=128), numerics), model, stack)
    return {name: parameter.detach() for name, parameter in stack.unwrap(model).named_parameters()}


def main(directory: Path) -> None:
    """What each rank runs."""
    weights = train_with(Numerics(micro_batch=1))
    if os.environ["RANK"] == "0":
        save_file({name: tensor.clone() for name, tensor in weights.items()}, directory / "trained.safetensors")
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_ranks_train_what_one_does(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    ranks = [
        subprocess.Popen(
            [sys.executable, __file__, str(tmp_path)], env={**os.environ, **common, "RANK": rank, "LOCAL_RANK": rank}
        )
        for rank in "01"
    ]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
    together, alone = load_file(tmp_path / "trained.safetensors"), train_with(Numerics())
    assert together.keys() == alone.keys()
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, rtol=1e-3, atol=1e-4)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
