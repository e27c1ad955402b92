"""What a stage of each kind might leave, for tests that need a record and not a run."""

from typing import Any

from earlyexp_bench.contracts import StageKind
from earlyexp_bench.contracts.stage import OUTPUTS
from earlyexp_bench.contracts.stages import StageOutput

_SIZE = {"documents": 10, "tokens": 900, "bytes": 2000}
_TRAIN = {"documents": 1000, "tokens": 1_000_000, "bytes": 2_200_000}
_HELD_OUT = {**_SIZE, "ngrams": {on: {"unigram": 6.0, "bigram": 3.0} for on in ("text", "answer")}}
_TRAINING = {
    "steps": 3,
    "planned_tokens": 96,
    "parameters": 1000,
    "final_training_loss": 2.5,
    "stopped": "budget",
    "stopped_at_tokens": 96,
}
FOUND: dict[StageKind, dict[str, Any]] = {
    "tokenizer": {"vocab_size": 300, "sha256": "0" * 64},
    "tokens": {
        "train": _TRAIN,
        "validation": _HELD_OUT,
        "test": _HELD_OUT,
        "bytes_per_token": 2.2,
        "content_hash": "0",
    },
    "contamination": {"documents": 100, "twins": 0},
    "pretrain": _TRAINING,
    "posttrain": _TRAINING,
    "finetune": _TRAINING,
    "evaluate": {"scores": {"target": {split: {"losses": {"text": 3.0}} for split in ("validation", "test")}}},
}


def output_of(kind: StageKind, **changes: Any) -> StageOutput:
    """Return an output of a kind; ``changes`` are fields of it."""
    return OUTPUTS[kind].model_validate(FOUND[kind] | changes)
