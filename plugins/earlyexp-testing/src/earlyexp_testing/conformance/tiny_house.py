"""A store with everything before a training stage: a tokenizer, three small languages, models of 25,000 weights.

Documents are sequences in which the next token follows from the last one, but for one in four; each language has its
own rule. A stage is 10 optimizer steps of two micro-batches.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from earlyexp_bench.contracts import ParentRef, Record, StageKind, StageSpec, TrainingStage
from earlyexp_bench.contracts.stages import StageOutput, TokenizerOutput, TokensOutput
from earlyexp_bench.stages import finetune, posttrain, pretrain
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.store import Store
from earlyexp_bench.training import Observer, TokenizedSplit, random_bits, save_tokens
from earlyexp_testing.tiny_light import tiny_stage

_STAGE = tiny_stage()
CONTEXT = _STAGE.context
VOCABULARY = 97
ROWS_PER_STEP = _STAGE.batch_tokens // CONTEXT
SEED = 7
STAGE_TOKENS = _STAGE.tokens
TARGET_TOKENS = STAGE_TOKENS // 4
LEARNING_RATE = 5e-3
NUMERICS = {"device": "cpu", "micro_batch": ROWS_PER_STEP // 2}
MODEL: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}
_SIZE = {"documents": 1, "tokens": 1, "bytes": 1}
_HELD_OUT = {**_SIZE, "ngrams": {}}
_FOUND: dict[StageKind, StageOutput] = {
    "tokenizer": TokenizerOutput(vocab_size=VOCABULARY, sha256=""),
    "tokens": TokensOutput.model_validate(  # nothing reads it
        {"train": _SIZE, "validation": _HELD_OUT, "test": _HELD_OUT, "bytes_per_token": 1.0, "content_hash": ""}
    ),
}
_RULES = {"general": 5, "target": 11, "downstream": 23}
_END = "<|endoftext|>"
_RUN: dict[TrainingStage, Callable[[StageContext], StageResult]] = {
    "pretrain": pretrain.run,
    "posttrain": posttrain.run,
    "finetune": finetune.run,
}


def make_house(root: Path) -> dict[str, ParentRef]:
    """Fill an empty folder with a tokenizer and three tokenized languages; return their stages by role."""
    store, refs = Store(root), {}
    for role in ("tokenizer", *_RULES):
        kind: StageKind = "tokenizer" if role == "tokenizer" else "tokens"
        spec = StageSpec(kind=kind, identity={"name": role})
        work = store.open_stage(spec)
        (work / "final").mkdir()
        if kind == "tokenizer":
            _save_tokenizer(work / "final")
        else:
            save_tokens(work, {"train": language(role, "train", 400), "validation": language(role, "validation", 20)})
        _keep(store, spec, work, StageResult(_FOUND[kind]))
        refs[role] = ParentRef(kind=kind, key=spec.key)
    return refs


def language(role: str, split: str, documents: int) -> TokenizedSplit:
    """Make documents of 4 to 35 tokens, the same for equal arguments; the answer is the second half."""
    lengths = (random_bits(documents, role, split, "lengths") % np.uint64(32) + np.uint64(4)).astype(np.int64)
    total = int(lengths.sum())
    dice = random_bits(total, role, split, "tokens")
    ids = np.empty(total, dtype=np.int64)
    last = 0
    for place in range(total):
        follows = dice[place] % np.uint64(4) != 0
        last = (_RULES[role] * last + 1 if follows else int(dice[place] >> np.uint64(8))) % (VOCABULARY - 1)
        ids[place] = last + 1
    return TokenizedSplit(ids, np.concatenate([[0], np.cumsum(lengths)]), lengths // 2, lengths * 3)


def stage_spec(
    stage: TrainingStage,
    refs: Mapping[str, ParentRef],
    methods: tuple[dict[str, Any], ...] = (),
    *,
    tokens: frozenset[str] = frozenset(),
    sidecars: Mapping[str, ParentRef] | None = None,
    lr_scale: float = 1.0,
) -> StageSpec:
    """Return a training stage as a plan would describe it.

    Args:
        stage: Its kind.
        refs: Earlier stages by role: ``tokenizer``, the languages, and ``model`` for the tuning stages.
        methods: Ids and parameters.
        tokens: Streams that the methods ask for.
        sidecars: Roles of what earlier methods kept.
        lr_scale: Factor on the learning rate.
    """
    # Without weight decay nothing moves but by gradients.
    optimization = {
        "learning_rate": LEARNING_RATE * lr_scale,
        "batch_tokens": ROWS_PER_STEP * CONTEXT,
        "weight_decay": 0.0,
    }
    identity: dict[str, Any] = {"context": CONTEXT, "optimization": optimization, "methods": list(methods)}
    identity |= _OWN_IDENTITY[stage]
    roles = _ROLES[stage] | tokens
    if stage == "pretrain" and "target" in tokens:
        identity["exposure"] = {"target_tokens": TARGET_TOKENS, "fraction": 1.0}
    if stage != "pretrain" and "general" in tokens:
        identity["general_tokens"] = STAGE_TOKENS
    if stage == "finetune" and "target" in tokens:
        identity["target_tokens"] = TARGET_TOKENS
    return StageSpec(
        kind=stage,
        identity=identity,
        numerics=NUMERICS,
        parents={role: refs[role] for role in sorted(roles)} | dict(sidecars or {}),
        seed=SEED,
    )


_OWN_IDENTITY: dict[TrainingStage, dict[str, Any]] = {
    "pretrain": {"model": MODEL, "tokens": STAGE_TOKENS},
    "posttrain": {
        "target_tokens": TARGET_TOKENS,
        # Validation after every second step or so, to the cap.
        "convergence": {"max_tokens": STAGE_TOKENS, "patience": 99},
    },
    "finetune": {"tokens": STAGE_TOKENS},
}
_ROLES: dict[TrainingStage, frozenset[str]] = {
    "pretrain": frozenset({"tokenizer", "general"}),
    "posttrain": frozenset({"model", "target"}),
    "finetune": frozenset({"model", "downstream"}),
}


def run_stage(root: Path, spec: StageSpec, observer: Observer | None = None) -> tuple[StageResult, Path]:
    """Run a stage as the worker does and keep it; return what it found and its directory."""
    store = Store(root)
    work = store.open_stage(spec)
    result = _RUN[_training_stage(spec)](StageContext(work, spec, store, lambda _: None, observer))
    _keep(store, spec, work, result)
    return result, store.directory(spec.kind, spec.key)


def _training_stage(spec: StageSpec) -> TrainingStage:
    return next(stage for stage in _RUN if stage == spec.kind)


def _keep(store: Store, spec: StageSpec, work: Path, result: StageResult) -> None:
    made = {"output": result.output, "outputs": result.outputs}
    store.commit(work, Record(key=spec.key, payload=spec.payload(), status="done", **made))


def _save_tokenizer(directory: Path) -> None:
    words = {_END: 0} | {f"w{number}": number for number in range(1, VOCABULARY)}
    made = Tokenizer(models.WordLevel(words, unk_token=_END))
    PreTrainedTokenizerFast(tokenizer_object=made, bos_token=_END, eos_token=_END, pad_token=_END).save_pretrained(
        directory
    )
