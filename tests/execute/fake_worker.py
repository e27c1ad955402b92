"""A worker whose every stage kind is the toy below: `identity` says what it does."""

import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

from earlyexp_bench.contracts import STAGE_VERSIONS, Diverged, UserError
from earlyexp_bench.contracts.stages import ContaminationOutput, StageOutput, TokenizerOutput, TrainingOutput
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.worker.main import main


def run(context: StageContext) -> StageResult:
    identity = context.spec.identity
    if (counter := context.spec.runtime.data_directory) != ".":
        with Path(counter).open("a") as file:
            file.write(context.spec.key + "\n")
    context.report({"step": 1, "loss": float("inf")})
    told = ACTIONS[identity.get("do", "sum")](context)
    (context.directory / "final").mkdir()
    (context.directory / "final" / "model.safetensors").write_text(repr(sorted(told.items())))
    return StageResult(output(context.spec.kind, told), tokens={"general": 1})


def output(kind: str, told: dict) -> StageOutput:
    """What the toy has to tell, where an output of the kind has room for it."""
    if told.get("do") == "leave what another kind does":
        return ContaminationOutput(documents=1, twins=0)
    if kind == "tokenizer":
        return TokenizerOutput(vocab_size=300, sha256=json.dumps(told))
    rest = {"planned_tokens": 1, "parameters": 1, "stopped": "budget", "stopped_at_tokens": 1}
    return TrainingOutput(steps=told.get("threads", 1), final_training_loss=told["sum"], **rest)


def add_up(context: StageContext) -> dict:
    parents = [json.loads(context.parent_record(role).output.sha256)["sum"] for role in context.spec.parents]
    return {"sum": sum(parents) + context.spec.identity.get("value", 1)}


def crash(context: StageContext) -> dict:
    print("about to crash")
    raise RuntimeError("the toy broke")


def refuse(context: StageContext) -> dict:
    raise UserError("the toy does not like this", expected="another toy")


def diverge(context: StageContext) -> dict:
    raise Diverged(3, float("inf"))


def hang(context: StageContext) -> dict:
    """Leave a checkpoint and a child process, then wait to be killed; a second try finds the checkpoint."""
    checkpoint = context.directory / "checkpoint"
    if checkpoint.exists():
        return {"sum": 1, "resumed_from": (checkpoint / "step").read_text()}
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (context.directory / "half_written").mkdir()
    checkpoint.mkdir()
    (checkpoint / "step").write_text("7")
    (context.directory / "pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(600)
    return {}


def kill_itself(context: StageContext) -> dict:
    checkpoint = context.directory / "checkpoint"
    if checkpoint.exists():
        return {"sum": 1}
    checkpoint.mkdir()
    (checkpoint / "step").write_text("7")
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def tell_environment(context: StageContext) -> dict:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "TOKENIZERS_PARALLELISM", "HF_HUB_OFFLINE")
    return {"sum": 0, **{name: os.environ.get(name) for name in names}}


def pause(context: StageContext) -> dict:
    time.sleep(0.7)  # longer than the driver takes to look for progress
    return {"sum": 1}


def train(context: StageContext) -> dict:
    """A few steps of real training, on as many threads as the stage has."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.GELU(), torch.nn.Linear(512, 256))
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(10):
        model(torch.randn(512, 256)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    total = sum(parameter.double().sum().item() for parameter in model.parameters())
    return {"sum": total, "threads": torch.get_num_threads()}


def mistake(context: StageContext) -> dict:
    return {"do": "leave what another kind does"}


def not_a_number(context: StageContext) -> dict:
    return {"sum": float("nan")}


ACTIONS = {
    "sum": add_up,
    "crash": crash,
    "refuse": refuse,
    "diverge": diverge,
    "hang": hang,
    "kill_itself": kill_itself,
    "tell_environment": tell_environment,
    "pause": pause,
    "train": train,
    "mistake": mistake,
    "not_a_number": not_a_number,
}

if __name__ == "__main__":
    for kind in STAGE_VERSIONS:
        module = types.ModuleType(f"earlyexp_bench.stages.{kind}")
        module.run = run
        sys.modules[module.__name__] = module
    raise SystemExit(
        main([*sys.argv[1:], *(["--preload", os.environ.get("TOY_PRELOAD", "")] if "--serve" in sys.argv else [])])
    )
