"""LoRA by peft, with the head untied first and the merge checked."""

from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_bench.training import Method

PROBE_TOKENS = 32
LARGEST_DIFFERENCE = 1e-4


class LoRA(Method):
    """Trains adapters only; the output is a plain model with the adapters merged in."""

    def wrap(self, model: Any) -> torch.nn.Module:  # noqa: ANN401 - a transformers model
        """Freeze the model and add adapters.

        A tied head would pass its update on to the embedding when merged, so it is untied first, for good.

        Raises:
            UserError: The model lacks a target, or holds a part of it outside of modules.
        """
        names = list(self.params.names())
        targets = [module for name in names for module in _target(model, name)]
        ends = (model.get_input_embeddings(), model.get_output_embeddings())
        if any(module is end for module in targets for end in ends):
            untie(model)
        config = LoraConfig(
            r=self.params.rank,
            lora_alpha=self.params.alpha or 2 * self.params.rank,
            lora_dropout=self.params.dropout,
            target_modules=names,
            task_type="CAUSAL_LM",
        )
        wrapped: torch.nn.Module = get_peft_model(model, config)
        return wrapped

    def unwrap(self, model: Any) -> torch.nn.Module:  # noqa: ANN401 - a peft model
        """Merge the adapters.

        Raises:
            EarlyExpError: An adapter did not move, or merging changed the logits.
        """
        still = [n for n, p in model.named_parameters() if "lora_B" in n and not p.detach().any()]
        if still:
            raise EarlyExpError(f"LoRA trained nothing: {len(still)} adapters did not move, {still[0]} among them")
        before = _probe(model, self.context.device)
        merged: torch.nn.Module = model.merge_and_unload()
        difference = float((_probe(merged, self.context.device) - before).abs().max())
        if not difference < LARGEST_DIFFERENCE:
            raise EarlyExpError(f"merging LoRA changed logits by {difference:.2g}, allowed is {LARGEST_DIFFERENCE}")
        return merged


def _target(model: torch.nn.Module, name: str) -> list[torch.nn.Module]:
    """Return the modules that a target names."""
    found = [module for path, module in model.named_modules() if f".{path}".endswith(f".{name}")]
    apart = [path for path, _ in model.named_parameters() if f".{path}".endswith(f".{name}")]
    if apart or not found:
        said = f"keeps {apart[0]} in no module" if apart else f"has no module {name!r}"
        raise UserError(f"{type(model).__name__} {said}", where="lora.targets", expected="names of whole modules")
    return found


def untie(model: Any) -> None:  # noqa: ANN401 - a transformers model
    """Give the head weights of its own, also in the configuration that is saved; a no-op where it has them."""
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head.weight is not embedding.weight:
        return
    head.weight = torch.nn.Parameter(embedding.weight.detach().clone())
    model.config.tie_word_embeddings = False
    model.all_tied_weights_keys = {}


@torch.no_grad()
def _probe(model: Any, device: torch.device) -> torch.Tensor:  # noqa: ANN401 - a transformers or peft model
    """Logits of a few rows of tokens, in evaluation mode; the mode is put back."""
    training = model.training
    model.eval()
    count = min(PROBE_TOKENS, model.config.max_position_embeddings)
    ids = torch.arange(2 * count, device=device).view(2, count) * 7919 % model.config.vocab_size
    logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits
    model.train(training)
    return logits
