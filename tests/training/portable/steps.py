"""Trains a few steps of two small models and prints a hash of all weights: run in a process of its own."""

import hashlib
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import make_deterministic
from earlyexp_bench.training.loss import training_loss
from earlyexp_bench.training.optimizer import build_optimizer, set_learning_rate
from earlyexp_bench.training.schedule import Schedule

STEPS, ROWS, CONTEXT, VOCABULARY = 4, 4, 64, 256
MODELS = {
    "llama": {
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
    "gpt2": {"n_embd": 48, "n_layer": 1, "n_head": 3},
}


def train(model_type: str, numerics: Numerics) -> torch.nn.Module:
    sizes = {"vocab_size": VOCABULARY, "max_position_embeddings": CONTEXT}
    config = AutoConfig.for_model(model_type, **MODELS[model_type], **sizes)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32)
    optimization = Optimization(batch_tokens=ROWS * CONTEXT, learning_rate=4e-3)
    optimizer = build_optimizer(model, optimization, numerics)
    ids = torch.randint(0, VOCABULARY, (STEPS, ROWS, CONTEXT))
    weights = torch.full((ROWS, CONTEXT), 1 / (ROWS * (CONTEXT - 1)))
    for step in range(STEPS):
        torch.manual_seed(step)
        set_learning_rate(optimizer, Schedule(optimization, STEPS).rate(step))
        training_loss(model(input_ids=ids[step], use_cache=False).logits, ids[step], weights).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), optimization.gradient_clip)
        optimizer.step()
        optimizer.zero_grad()
    return model


def main() -> None:
    numerics = Numerics.model_validate({"instruction_set": sys.argv[1], "optimizer_implementation": sys.argv[2]})
    make_deterministic(numerics)
    weights = hashlib.sha256()
    for model_type in MODELS:
        for _, value in sorted(train(model_type, numerics).state_dict().items()):
            weights.update(value.contiguous().numpy().tobytes())
    print(weights.hexdigest()[:16])


if __name__ == "__main__":
    main()
