"""What a stage computes, counted where it cannot be hidden: at the model's decoder and at every optimizer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from transformers.models.llama.modeling_llama import LlamaModel


@dataclass
class Work:
    """Work of one stage.

    Attributes:
        forward_tokens: Tokens that passed the decoder, validation aside.
        backward_tokens: Those of them to which a gradient came back.
        method_tokens: Those of these, in steps, that are not of a row of the step's batch.
        updates: Steps of optimizers.
        validating: Whether what passes now is validation, which is the stage's own.
        batch: The rows of the step's batch; empty outside of steps.
    """

    forward_tokens: int = 0
    backward_tokens: int = 0
    method_tokens: int = 0
    updates: int = 0
    validating: bool = False
    batch: frozenset[tuple[int, ...]] = frozenset()


@contextmanager
def counting() -> Iterator[Work]:
    """Count until the end of the block."""
    counts = Work()
    plain_forward: Callable[..., Any] = LlamaModel.forward

    def forward(self: LlamaModel, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the model's own
        output = plain_forward(self, *arguments, **options)
        if not counts.validating:
            tokens = output.last_hidden_state.shape[0] * output.last_hidden_state.shape[1]
            counts.forward_tokens += tokens
            _on_gradient(output.last_hidden_state, counts, tokens)
            ids = options.get("input_ids", arguments[0] if arguments else None)
            _on_methods_gradient(output.last_hidden_state, counts, ids)
        return output

    def updated(*_: Any) -> None:  # noqa: ANN401 - optimizer and arguments
        counts.updates += 1

    LlamaModel.forward = forward
    handle = register_optimizer_step_post_hook(updated)
    try:
        yield counts
    finally:
        handle.remove()
        LlamaModel.forward = plain_forward


def _on_gradient(hidden: torch.Tensor, counts: Work, tokens: int) -> None:
    def add(_: torch.Tensor) -> None:
        counts.backward_tokens += tokens

    if hidden.requires_grad:
        hidden.register_hook(add)  # type: ignore[no-untyped-call]


def _on_methods_gradient(hidden: torch.Tensor, counts: Work, ids: torch.Tensor | None) -> None:
    """Count the rows that are not the batch's; all of them where a method enters embeddings instead of ids."""
    rows = [None] * len(hidden) if ids is None else [tuple(row) for row in ids.tolist()]
    tokens = sum(hidden.shape[1] for row in rows if row not in counts.batch) if counts.batch else 0

    def add(_: torch.Tensor) -> None:
        counts.method_tokens += tokens

    if hidden.requires_grad and tokens:
        hidden.register_hook(add)  # type: ignore[no-untyped-call]
