"""Mid-stage checkpoints are whole or not there."""

import pytest
import torch

from earlyexp_bench.training import checkpoint
from earlyexp_bench.training.checkpoint import STATE, TrainingState, load_checkpoint, save_checkpoint

HERE = {"torch": "2"}


def at(step: int) -> TrainingState:
    return TrainingState(step, {}, {"model/weight": torch.full((2,), float(step))})


def test_of_two_saves_the_last_one_stays_and_nothing_of_one_that_was_killed(tmp_path):
    save_checkpoint(tmp_path, at(1), HERE)
    (tmp_path / ".step-2.safetensors.0a1b2c3d").write_bytes(b"half")
    save_checkpoint(tmp_path, at(3), HERE)
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE, "step-3.safetensors"]


def test_a_save_that_fails_leaves_the_one_before(tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    save_checkpoint(tmp_path, at(1), HERE)
    monkeypatch.setattr(checkpoint, "write_atomic", fail)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(tmp_path, at(2), HERE)
    loaded = load_checkpoint(tmp_path, HERE)
    assert loaded is not None
    assert (loaded.step, loaded.part("model")["weight"].tolist()) == (1, [1.0, 1.0])
