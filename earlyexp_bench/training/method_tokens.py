"""Tokens that methods put into updates themselves, beside the stage's order: counted, not declared.

A method may gather rows of a stream that it was given and take their gradient within a step. Whatever passes the
trained model in a step and gets a gradient enters updates, unless it is a row of the step's own batch, which SAM passes
twice. Not seen are compiled models (`numerics.compile`), copies of the model, and parts of it that are called alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from earlyexp_bench.training.sequences import Sequences
from earlyexp_bench.training.stream import Gathered, Ints

OTHER = "other"
"""The source of rows that were no whole row of a stream."""


@dataclass(eq=False)
class MethodTokens:
    """The count of one stage.

    Attributes:
        counts: Tokens by source.
        origins: Source by hash, of the rows that methods have read.
        batch: Ids of the step's batch, of shape (rows, context) each; empty outside of steps, when nothing is counted.
        own: Whether what passes now is the loop's.
    """

    counts: Counter[str] = field(default_factory=Counter)
    origins: dict[int, str] = field(default_factory=dict)
    batch: tuple[torch.Tensor, ...] = ()
    own: bool = False

    def given(self, source: str, sequences: Sequences) -> Sequences:
        """Return a stream as a method is given it: what it reads is known again."""

        def noted(rows: Ints) -> NDArray[Any]:
            ids = sequences.ids[rows]
            self.origins.update(dict.fromkeys(_hashes(ids), source))
            return ids

        return replace(sequences, ids=Gathered(sequences.count, sequences.ids.shape[1], noted))

    @contextmanager
    def watch(self, model: torch.nn.Module) -> Iterator[None]:
        """Count what passes the model in steps, until the end of the block."""
        handle = model.register_forward_hook(_hook(self), with_kwargs=True)
        try:
            yield
        finally:
            handle.remove()

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Count nothing until the end of the block: the loop passes its batch."""
        self.own = True
        try:
            yield
        finally:
            self.own = False

    def passed(self, ids: torch.Tensor) -> None:
        """Count rows to which a gradient came back."""
        own = {row for part in self.batch for row in _hashes(part.cpu().numpy())}
        for row in _hashes(ids.detach().cpu().numpy()):
            if row not in own:
                self.counts[self.origins.get(row, OTHER)] += ids.shape[-1]


def _hook(method_tokens: MethodTokens) -> Callable[..., None]:
    """Return a function, not a method: a copy of the model keeps it as it is, and no copy of the count."""

    def passed(_: torch.nn.Module, arguments: tuple[Any, ...], options: Mapping[str, Any], output: Any) -> None:  # noqa: ANN401
        ids = options.get("input_ids", arguments[0] if arguments else None)
        logits = getattr(output, "logits", None)
        if method_tokens.own or not method_tokens.batch or ids is None or logits is None or not logits.requires_grad:
            return
        logits.register_hook(lambda _: method_tokens.passed(ids))

    return passed


def _hashes(ids: NDArray[Any]) -> list[int]:
    return [hash(row.tobytes()) for row in np.ascontiguousarray(ids, dtype=np.int64)]
