"""Records of schema 1, which held what a stage found as ``metrics`` and ``answers`` by names; read as schema 2.

Published records are such, and those in the stores of whoever ran an earlier version. Goes when keys change.
"""

from collections.abc import Callable, Mapping
from typing import Any

from earlyexp_bench.contracts import StageKind
from earlyexp_bench.contracts.stages import HELD_OUT, LOSS_NAMES

Fields = dict[str, Any]


def upgraded(record: Mapping[str, Any]) -> Fields:
    """Return a record of schema 1 as one of schema 2, which is still to be validated.

    Raises:
        KeyError: It lacks something that one of schema 1 had.
    """
    rest = {name: value for name, value in record.items() if name not in ("metrics", "answers")}
    kind, metrics = record["payload"]["kind"], record.get("metrics", {})
    output = _OUTPUT.get(kind, _as_it_was)(metrics, record.get("answers", {})) if record["status"] == "done" else None
    return {**rest, "schema_version": 2, "output": output}


def _as_it_was(metrics: Fields, answers: Fields) -> Fields:
    return metrics


def _tokens(metrics: Fields, answers: Fields) -> Fields:
    def size(split: str) -> Fields:
        return {name: metrics[name][split] for name in ("documents", "tokens", "bytes")}

    def losses(prefix: str, split: str) -> Fields:
        return {model: metrics[f"{prefix}{model}_loss"][split] for model in ("unigram", "bigram")}

    prefixes = {"text": "", "answer": "answer_"} if "answer_unigram_loss" in metrics else {"text": ""}
    held_out: Fields = {s: {**size(s), "ngrams": {on: losses(p, s) for on, p in prefixes.items()}} for s in HELD_OUT}
    rest = {name: metrics[name] for name in ("bytes_per_token", "content_hash")}
    return {"train": size("train"), **held_out, **rest}


def _training(metrics: Fields, answers: Fields) -> Fields:
    validated = {"best_validation_loss": "best_loss", "best_at_tokens": "best_at_tokens", "validation_curve": "curve"}
    rest = {name: value for name, value in metrics.items() if name not in validated}
    if "validation_curve" not in metrics:
        return rest
    found = {new: metrics[old] for old, new in validated.items()}
    found["curve"] = [{"tokens": tokens, "loss": loss} for tokens, loss in found["curve"]]
    return {**rest, "validation": found}


def _evaluate(metrics: Fields, answers: Fields) -> Fields:
    def scores(role: str, split: str, named: Fields) -> Fields:
        losses = {on: named[name] for on, name in LOSS_NAMES.items() if name in named}
        further = {name: value for name, value in named.items() if name not in LOSS_NAMES.values()}
        of_role = {name.partition("/")[2]: given for name, given in answers.items() if name.startswith(f"{role}/")}
        return {"losses": losses, "further": further, "answers": of_role if split == "test" else {}}

    return {
        "scores": {role: {s: scores(role, s, named) for s, named in splits.items()} for role, splits in metrics.items()}
    }


_OUTPUT: dict[StageKind, Callable[[Fields, Fields], Fields]] = {
    "tokenizer": _as_it_was,
    "tokens": _tokens,
    "contamination": _as_it_was,
    "pretrain": _training,
    "posttrain": _training,
    "finetune": _training,
    "evaluate": _evaluate,
}
