"""Random draws of the model's forward pass, row by row: how a batch is cut changes nothing of what is dropped.

The mask of a row is a function of (seed, stage, step, place in the pass, row of the global batch). It comes from the
hash of `order`, worked out by torch, so that no library's generator decides it. Dropout goes through here, be it
torch's own, a module's, an adapter's or that of attention weights; where nothing draws, nothing is looked at.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training.order import FIRST, GOLDEN, SECOND, generator_seed, key_of

Key = tuple[int | str, ...]
# Draws of torch's own random state that are the same for every row, such as whether a layer is left out.
_OF_A_PASS = (torch.rand, torch.randn, torch.randint, torch.bernoulli)


@dataclass
class ForwardDraws:
    """Seeds forward passes, and draws by row where they draw.

    Attributes:
        key: Stage seed, stage and purpose.
        by_row: False: torch is seeded by micro-batch instead, and draws as it does.
        world: Number of ranks.
        rank: This one.
        compiled: The model is, so that its calls cannot be seen.
        drawn: Whether the pass before drew anything; the first one is looked at in any case.
    """

    key: Key
    by_row: bool = True
    world: int = 1
    rank: int = 0
    compiled: bool = False
    drawn: bool = True

    def seed(self, step: int, number: int) -> int:
        """Seed torch for a micro-batch of a step by its number, and return the seed; by row all of a step have one."""
        cut = () if self.by_row else (number * self.world + self.rank,)
        seed = generator_seed(*self.key, step, *cut)
        torch.manual_seed(seed)
        return seed

    def passed(self, step: int, rows: Sequence[int], forward: Callable[[], torch.Tensor]) -> torch.Tensor:
        """Return what a forward pass gives.

        Args:
            step: Optimizer step.
            rows: Of the micro-batch, their numbers in the global batch.
            forward: The pass; called once more where it starts to draw.

        Raises:
            UserError: It draws for a whole batch.
        """
        if not self.by_row:
            return forward()
        before = _random_state()
        if not self.drawn or self.compiled:
            logits = forward()
            if not _has_drawn(before):
                return logits
            if self.compiled:
                raise _by_batch("a compiled model")
            torch.manual_seed(before.seed)
        mode = _RowDraws((*self.key, step), rows)
        with mode:
            logits = forward()
        mode.check()
        self.drawn = mode.drawn
        return logits


@dataclass(frozen=True)
class _RandomState:
    seed: int
    states: tuple[torch.Tensor, ...]


def _random_state() -> _RandomState:
    states = [torch.get_rng_state()]
    if torch.cuda.is_available():
        states.append(torch.cuda.get_rng_state())
    return _RandomState(torch.initial_seed(), tuple(states))


def _has_drawn(before: _RandomState) -> bool:
    """Tell whether torch's state has moved on since, and was not set anew."""
    now = _random_state()
    return now.seed == before.seed and not all(map(torch.equal, now.states, before.states))


def _by_batch(what: str) -> UserError:
    return UserError(
        f"{what} draws random numbers for a whole batch, so that micro-batches and ranks would change the weights",
        where="numerics.draws",
        expected="numerics: {draws: by-batch}; of a method, draws_per_batch = True in its definition",
    )


class _RowDraws(TorchFunctionMode):
    """One forward pass whose dropout is drawn row by row."""

    def __init__(self, key: Key, rows: Sequence[int]) -> None:
        super().__init__()
        self.key, self.rows = key, list(rows)
        self.places, self.drawn = 0, False
        self.state = _random_state()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,  # noqa: ANN401 - torch's
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        kwargs = kwargs or {}
        if func in (functional.dropout, torch.dropout):
            return self._dropout(*args, **kwargs)
        if func is functional.scaled_dot_product_attention:
            return self._attention(*args, **kwargs)
        if func in _OF_A_PASS:
            return self._of_a_pass(func, args, kwargs)
        return func(*args, **kwargs)

    def check(self) -> None:
        """Refuse a pass in which something drew for a whole batch.

        Raises:
            UserError: Something did.
        """
        if _has_drawn(self.state):
            raise _by_batch("something in the model's forward pass")

    def _of_a_pass(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        """Let one number be drawn that all rows share: torch is seeded alike for all of a step."""
        self.check()
        value = func(*args, **kwargs)
        self.drawn = True
        if value.numel() == 1:
            self.state = _random_state()
        return value

    def _dropout(
        self, values: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> torch.Tensor:
        if not training or p == 0:
            return values
        factors = self._kept(values.shape, p, values.device).to(values.dtype) / (1 - p) if p < 1 else 0.0
        return values.mul_(factors) if inplace else values * factors

    def _attention(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> torch.Tensor:
        """Attention with its weights dropped by row; without dropout torch's own."""
        if dropout_p == 0:
            return functional.scaled_dot_product_attention(
                query, key, value, attn_mask, 0.0, is_causal, scale=scale, enable_gqa=enable_gqa
            )
        if enable_gqa:
            key, value = (one.repeat_interleave(query.shape[-3] // one.shape[-3], dim=-3) for one in (key, value))
        scores = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
        scores = _masked(scores, attn_mask, is_causal)
        return self._dropout(torch.softmax(scores, dim=-1), dropout_p) @ value

    def _kept(self, shape: torch.Size, p: float, device: torch.device) -> torch.Tensor:
        """Draw what is kept, of this shape, with probability 1 - p."""
        if shape[0] % len(self.rows):
            raise _by_batch(f"dropout on a tensor of shape {tuple(shape)}, whose first axis is not that of rows,")
        self.places, self.drawn = self.places + 1, True
        words = row_words((*self.key, self.places), self.rows, shape.numel() // len(self.rows), device)
        return (words >= round(p * 2**32) - 2**31).view(shape)


def _masked(scores: torch.Tensor, mask: torch.Tensor | None, causal: bool) -> torch.Tensor:
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if mask is None:
        return scores
    return scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask


def row_words(key: Key, rows: Sequence[int], count: int, device: torch.device) -> torch.Tensor:
    """Return ``count`` random 32-bit numbers for each row, shape (rows, count): those of `order.random_bits`, halved.

    Args:
        key: Of the draw.
        rows: Numbers of rows, of which each has a stream of its own, ``(*key, row)``.
        count: Of numbers.
        device: Where they are made; the same on every one.
    """
    keys = torch.tensor([_signed(key_of(*key, row)) for row in rows], device=device).unsqueeze(1)
    counter = torch.arange(1, count // 2 + count % 2 + 1, device=device)
    value = keys + counter * _signed(GOLDEN)
    value = value.bitwise_xor_(_shifted(value, 30)).mul_(_signed(FIRST))
    value = value.bitwise_xor_(_shifted(value, 27)).mul_(_signed(SECOND))
    value = value.bitwise_xor_(_shifted(value, 31))
    return value.view(torch.int32)[:, :count]


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _shifted(value: torch.Tensor, bits: int) -> torch.Tensor:
    """Shift to the right as unsigned numbers are."""
    return (value >> bits).bitwise_and_(2 ** (64 - bits) - 1)
