"""Tokens per second of our training loop, of a bare torch loop and of transformers' Trainer.

Same model (S: hidden 64, 3 layers, context 128, vocabulary 2,048), same rows in the same order, one thread. The
three take turns for several rounds within one process, so that a busy machine slows all of them alike; ratios are
medians over rounds, of CPU seconds and of wall-clock seconds.

    python benchmarks/perf/training.py [--rounds 8] [--steps 12]
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerFast, Trainer, TrainingArguments

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import (
    Job,
    MethodStack,
    Mixture,
    TokenizedSplit,
    build_model,
    finetuning_mixture,
    make_deterministic,
    pack,
    train,
)
from earlyexp_bench.training.schedule import Schedule

CONTEXT, VOCABULARY, BATCH_ROWS = 128, 2048, 16
RULE = Optimization(learning_rate=1e-3, batch_tokens=CONTEXT * BATCH_ROWS)
MODEL = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 192,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


def ours(model: PreTrainedModel, mixture: Mixture) -> None:
    """Our loop, as a fine-tuning stage runs it."""
    train(
        Job(stage="finetune", seed=0, mixture=mixture, optimization=RULE, numerics=Numerics()), model, MethodStack([])
    )


def bare(model: PreTrainedModel, mixture: Mixture) -> None:
    """What one would write by hand, with nothing checked, seeded, saved or reported."""
    ids = torch.from_numpy(mixture.batch(0, mixture.rows)[0])
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RULE.learning_rate, betas=RULE.betas)
    model.train()
    batches = ids.split(BATCH_ROWS)
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = Schedule(RULE, len(batches)).rate(step)
        logits = model(input_ids=batch, use_cache=False).logits
        loss = functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), RULE.gradient_clip)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()


def trainer(model: PreTrainedModel, mixture: Mixture) -> None:
    """The Trainer of transformers, with its reporting off."""
    ids = mixture.batch(0, mixture.rows)[0]
    rows = [{"input_ids": row, "labels": row} for row in torch.from_numpy(ids)]
    with tempfile.TemporaryDirectory() as directory:
        arguments = TrainingArguments(
            output_dir=directory,
            per_device_train_batch_size=BATCH_ROWS,
            num_train_epochs=1,
            learning_rate=RULE.learning_rate,
            adam_beta2=RULE.betas[1],
            weight_decay=RULE.weight_decay,
            optim="adamw_torch",
            lr_scheduler_type="cosine",
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        Trainer(model=model, args=arguments, train_dataset=rows).train()  # type: ignore[arg-type]


def make_mixture(steps: int) -> Mixture:
    """Rows of random documents."""
    random = np.random.default_rng(0)
    lengths = np.full(steps * BATCH_ROWS + 1, CONTEXT)
    ids = random.integers(1, VOCABULARY, int(lengths.sum()))
    split = TokenizedSplit(ids, np.concatenate([[0], np.cumsum(lengths)]), np.zeros_like(lengths), lengths)
    tokens = steps * RULE.batch_tokens
    return finetuning_mixture(pack(split, tokens=tokens, context=CONTEXT, seed=0, role="downstream"), 0)


def make_tokenizer(directory: Path) -> None:
    """A vocabulary of numbers; only its size matters here."""
    end = "<|endoftext|>"
    words = {end: 0} | {str(number): number for number in range(1, VOCABULARY)}
    made = Tokenizer(models.WordLevel(words, unk_token=end))
    PreTrainedTokenizerFast(tokenizer_object=made, bos_token=end, eos_token=end, pad_token=end).save_pretrained(
        directory
    )


def measure(loops: dict[str, Callable[[PreTrainedModel, Mixture], None]], rounds: int, steps: int) -> dict[str, object]:
    """Run every loop once a round; return medians."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in loops}
    mixture = make_mixture(steps)
    with tempfile.TemporaryDirectory() as directory:
        make_tokenizer(Path(directory))
        for number in range(-1, rounds):
            for name, loop in loops.items():
                model = build_model(MODEL, context=CONTEXT, tokenizer=Path(directory), seed=0, numerics=Numerics())
                cpu, wall = time.process_time(), time.perf_counter()
                loop(model, mixture)
                if number >= 0:  # the first round warms up
                    seconds[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    tokens = steps * RULE.batch_tokens
    return {
        name: {
            "tokens_per_second": round(statistics.median(tokens / wall for _, wall in values)),
            "tokens_per_cpu_second": round(statistics.median(tokens / cpu for cpu, _ in values)),
            "speed_against_bare": _ratios(seconds["bare"], values, 1),
            "cpu_speed_against_bare": _ratios(seconds["bare"], values, 0),
        }
        for name, values in seconds.items()
    }


def _ratios(bare: list[tuple[float, float]], values: list[tuple[float, float]], clock: int) -> float:
    return round(statistics.median(b[clock] / v[clock] for b, v in zip(bare, values, strict=True)), 3)


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=12)
    arguments = parser.parse_args()
    make_deterministic(Numerics())
    print(
        json.dumps(
            measure({"ours": ours, "bare": bare, "trainer": trainer}, arguments.rounds, arguments.steps), indent=2
        )
    )


if __name__ == "__main__":
    main()
