"""Dropout by hooks: transformers' Llama itself has it on attention weights only."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.training import Method


class Dropout(Method):
    """Drops in training mode; nothing of it is left in the model that is saved."""

    def prepare(self, model: torch.nn.Module) -> None:
        """Put the hooks in: after every wrap, so that adapters are inside what is dropped."""
        self._handles: list[RemovableHandle] = []
        self._attention: list[tuple[torch.nn.Module, float]] = []
        for place, probability in self.params.places().items():
            if probability == 0:
                continue
            if not getattr(self, f"_hook_{place}")(model, probability):
                raise EarlyExpError(f"dropout: {type(model).__name__} has no place for `{place}`")

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Take the hooks out."""
        for handle in self._handles:
            handle.remove()
        for module, probability in self._attention:
            module.attention_dropout = probability  # type: ignore[assignment]
        return model

    def _hook_embedding(self, model: Any, probability: float) -> int:  # noqa: ANN401 - a transformers model
        self._on_output(model.get_input_embeddings(), probability)
        return 1

    def _hook_attention(self, model: torch.nn.Module, probability: float) -> int:
        found = [module for module in model.modules() if isinstance(getattr(module, "attention_dropout", None), float)]
        for module in found:
            self._attention.append((module, float(module.attention_dropout)))  # type: ignore[arg-type]
            module.attention_dropout = probability  # type: ignore[assignment]
        return len(found)

    def _hook_residual(self, model: torch.nn.Module, probability: float) -> int:
        attention, mlp = list(_named(model, "o_proj")), list(_named(model, "down_proj"))
        for module in attention + mlp:
            self._on_output(module, probability)
        return len(attention) * len(mlp)

    def _hook_mlp(self, model: torch.nn.Module, probability: float) -> int:
        found = list(_named(model, "down_proj"))
        for module in found:
            self._handles.append(
                module.register_forward_pre_hook(
                    lambda m, args: (functional.dropout(args[0], probability, m.training), *args[1:])
                )
            )
        return len(found)

    def _on_output(self, module: torch.nn.Module, probability: float) -> None:
        self._handles.append(
            module.register_forward_hook(lambda m, _, output: functional.dropout(output, probability, m.training))
        )


def _named(model: torch.nn.Module, name: str) -> Iterator[torch.nn.Module]:
    """Yield the modules called ``name``, without what an adapter keeps inside them."""
    return (module for path, module in model.named_modules() if path.rpartition(".")[2] == name)
