"""Tokens per second of our training loop, of a bare torch loop and of transformers' Trainer.

The model and the batches of `mini` (hidden 64, 3 layers, vocabulary 512, 4 rows of 128), same rows in the same order,
one thread. The three take turns within one process; processes on the native instruction set and on the portable one
take turns too, since libraries choose their kernels when they are loaded. So a busy machine slows all of them alike.
Ratios are medians over rounds, of CPU seconds.

    python benchmarks/perf/training.py [--rounds 6] [--steps 60]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerFast, Trainer, TrainingArguments

from earlyexp_bench.contracts import worker_environment
from earlyexp_bench.contracts.environment import InstructionSet
from earlyexp_bench.contracts.machine import portable_here
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

CONTEXT, VOCABULARY, BATCH_ROWS = 128, 512, 4
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


NUMERICS = Numerics(optimizer_implementation="fused")


def ours(model: PreTrainedModel, mixture: Mixture) -> None:
    """Our loop, as a fine-tuning stage runs it."""
    job = Job(stage="finetune", seed=0, mixture=mixture, optimization=RULE, numerics=NUMERICS)
    train(job, model, MethodStack([]))


def bare(model: PreTrainedModel, mixture: Mixture) -> None:
    """What one would write by hand, with nothing checked, seeded, saved or reported."""
    ids = torch.from_numpy(mixture.batch(0, mixture.rows)[0])
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RULE.learning_rate, betas=RULE.betas, fused=True)
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
            optim="adamw_torch_fused",
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


LOOPS: dict[str, Callable[[PreTrainedModel, Mixture], None]] = {"ours": ours, "bare": bare, "trainer": trainer}


def measure(steps: int) -> dict[str, float]:
    """Run every loop twice in turn; return the tokens a CPU second of the second time, for the first one warms up."""
    mixture, speed = make_mixture(steps), {}
    with tempfile.TemporaryDirectory() as directory:
        make_tokenizer(Path(directory))
        for name, loop in [*LOOPS.items(), *LOOPS.items()]:
            model = build_model(MODEL, context=CONTEXT, tokenizer=Path(directory), seed=0, numerics=NUMERICS)
            before = time.process_time()
            loop(model, mixture)
            speed[name] = steps * RULE.batch_tokens / (time.process_time() - before)
    return speed


def in_a_process(instruction_set: InstructionSet, steps: int) -> dict[str, float]:
    """Measure in a process that is started as workers are."""
    command = [sys.executable, __file__, f"--steps={steps}", f"--instruction-set={instruction_set}"]
    environment = worker_environment(instruction_set=instruction_set)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])  # the Trainer prints, too
    return found


def compare(rounds: int, steps: int) -> dict[str, dict[str, float]]:
    """Return medians of tokens a CPU second, and of ratios to the bare loop and to the native instruction set."""
    sets: list[InstructionSet] = ["native", "portable"] if portable_here() else ["native"]
    found = [{chosen: in_a_process(chosen, steps) for chosen in sets} for _ in range(rounds)]

    def median(value: Callable[[dict[InstructionSet, dict[str, float]]], float]) -> float:
        return round(statistics.median(map(value, found)), 3)

    return {
        f"{loop}, {chosen}": {
            "tokens_per_cpu_second": median(lambda of: of[chosen][loop]),  # noqa: B023 - called at once
            "against_bare": median(lambda of: of[chosen][loop] / of[chosen]["bare"]),  # noqa: B023
            "against_native": median(lambda of: of[chosen][loop] / of["native"][loop]),  # noqa: B023
        }
        for chosen in sets
        for loop in LOOPS
    }


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--instruction-set", choices=["native", "portable"], help="measure one, in this process")
    arguments = parser.parse_args()
    if arguments.instruction_set is None:
        print(json.dumps(compare(arguments.rounds, arguments.steps), indent=2))
        return
    make_deterministic(Numerics(instruction_set=arguments.instruction_set))
    print(json.dumps(measure(arguments.steps)))


if __name__ == "__main__":
    main()
