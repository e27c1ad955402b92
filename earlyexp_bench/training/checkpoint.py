"""Mid-stage checkpoints: one safetensors file of tensors, and a JSON file that names it and is replaced last.

A crash between the two leaves the older JSON with its own tensors, so a checkpoint is whole or not there.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from earlyexp_bench.store import replacing, write_atomic

STATE = "state.json"


@dataclass(frozen=True)
class TrainingState:
    """A stage between two steps.

    Attributes:
        step: Steps done.
        values: What else is known, as JSON.
        tensors: Everything that training changed.
    """

    step: int
    values: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """Return the tensors whose names start with ``prefix/``, without it."""
        start = f"{prefix}/"
        return {name.removeprefix(start): t for name, t in self.tensors.items() if name.startswith(start)}


def save_checkpoint(directory: Path, checkpoint: TrainingState, environment: dict[str, str]) -> None:
    """Write a checkpoint and delete the one before."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"step-{checkpoint.step}.safetensors"
    with replacing(directory / name) as temporary:
        save_file({key: tensor.contiguous() for key, tensor in checkpoint.tensors.items()}, temporary)
    text = {"step": checkpoint.step, "values": checkpoint.values, "environment": environment, "tensors": name}
    write_atomic(directory / STATE, json.dumps(text))
    for path in directory.iterdir():  # the one before, and what a killed process was writing
        if path.name not in (name, STATE):
            path.unlink()


def load_checkpoint(directory: Path, environment: dict[str, str]) -> TrainingState | None:
    """Return the checkpoint, or None where there is none or another environment wrote it: then start over."""
    if not (directory / STATE).is_file():
        return None
    state = json.loads((directory / STATE).read_text(encoding="utf-8"))
    if state["environment"] != environment:
        return None
    return TrainingState(state["step"], state["values"], load_file(directory / state["tensors"]))
