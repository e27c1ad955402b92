"""The language model that lm-eval asks: a transformers causal LM, scored in the dtype it was exported in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs, postprocess_generated_text
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import count_parameters, load_model, load_tokenizer

IGNORED = -100
_PIECE = 1024


@dataclass(frozen=True)
class Window:
    """One row of a forward pass.

    Attributes:
        request: Index of the request that the row belongs to; long requests have several rows.
        inputs: Token ids that enter the model.
        targets: Token ids predicted by the last ``len(targets)`` positions.
    """

    request: int
    inputs: list[int]
    targets: list[int]


class CheckpointLM(TemplateLM):  # type: ignore[misc]  # lm-eval is untyped
    """A causal LM and its tokenizer behind lm-eval's interface, equal to lm-eval's own ``hf`` within rounding.

    It differs from ``hf`` where that one fails: continuations longer than the window are scored in several
    windows, and a continuation that merges into the context's last token is tokenized on its own.

    Args:
        model: In evaluation mode on its device; the window is its ``max_position_embeddings``.
        tokenizer: Its BOS token, or else EOS, precedes every document.
        batch_tokens: Most tokens of one forward pass, padding included.

    Attributes:
        input_tokens: Tokens that went through the model so far, padding excluded.
        scored_tokens: Scored tokens of every request so far, by the request's arguments.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, batch_tokens: int) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.batch_tokens = batch_tokens
        self.max_length: int = model.config.max_position_embeddings
        self.input_tokens = 0
        self.scored_tokens: dict[tuple[str, ...], int] = {}
        self._device = model.device

    @property
    def eot_token_id(self) -> int:
        """Id of the token that ends a document."""
        return int(self.tokenizer.eos_token_id)

    @property
    def prefix_token_id(self) -> int:
        """Id of the token that precedes every document."""
        bos = self.tokenizer.bos_token_id
        return self.eot_token_id if bos is None else int(bos)

    @property
    def parameters(self) -> int:
        """Number of parameters, tied ones once."""
        return count_parameters(self.model)

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: object) -> list[int]:
        """Return the token ids of ``string``; see ``encode_all``."""
        return self.encode_all([string], add_special_tokens)[0]

    def encode_all(self, strings: Sequence[str], add_special_tokens: bool | None = None) -> list[list[int]]:
        """Return the token ids of every string.

        Args:
            strings: Any number of texts.
            add_special_tokens: None: as the tokenizer does. BOS in a text is text, and stands for no BOS.
        """
        if not strings:
            return []
        encoded: list[list[int]] = self.tokenizer(
            list(strings),
            add_special_tokens=add_special_tokens is not False,
            return_attention_mask=False,
            verbose=False,
        )["input_ids"]
        return encoded

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """Return log-likelihood in nats and whether greedy decoding gives it, for (context, continuation) pairs."""
        pairs = [request.args for request in requests]
        encoded = self._encode_pairs(pairs)
        for pair, (_, continuation) in zip(pairs, encoded, strict=True):
            self.scored_tokens[pair] = len(continuation)
        return self._loglikelihood_tokens([(pair, *tokens) for pair, tokens in zip(pairs, encoded, strict=True)])

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        """Return the log-likelihood in nats of whole documents, every token predicted once."""
        documents = self.encode_all([request.args[0] for request in requests])
        for request, tokens in zip(requests, documents, strict=True):
            self.scored_tokens[request.args] = len(tokens)
        windows = [
            Window(index, context + targets[:-1], targets)
            for index, tokens in enumerate(documents)
            for context, targets in self._windows(tokens, self.prefix_token_id)
        ]
        return [value for value, _ in self._score(windows, len(requests))]

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Return greedy continuations, cut at the first stop sequence or the end token.

        Raises:
            UserError: A task asks for sampling: scores would not be functions of the checkpoint.
        """
        return [self._generate(*request.args) for request in requests]

    def _loglikelihood_tokens(
        self, requests: list[tuple[tuple[str, str], list[int], list[int]]], **_: object
    ) -> list[tuple[float, bool]]:
        windows = [
            window
            for index, (_, context, continuation) in enumerate(requests)
            for window in self._continuation_windows(index, context, continuation)
        ]
        return self._score(windows, len(requests))

    def _continuation_windows(self, index: int, context: list[int], continuation: list[int]) -> Iterator[Window]:
        if len(continuation) <= self.max_length:
            yield Window(index, (context + continuation)[-(self.max_length + 1) :][:-1], continuation)
            return
        for before, targets in self._windows(continuation, context[-1]):
            yield Window(index, before + targets[:-1], targets)

    def _windows(self, tokens: list[int], prefix: int) -> Iterator[tuple[list[int], list[int]]]:
        rolling = get_rolling_token_windows(tokens, prefix_token=prefix, max_seq_len=self.max_length, context_len=1)
        return map(make_disjoint_window, rolling)

    def _encode_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
        """Tokenize as lm-eval's ``_encode_pair`` and its treatment of empty contexts do, all texts at once."""
        moved = [_move_spaces(*pair) for pair in pairs]
        wholes = iter(self.encode_all([context + continuation for context, continuation in moved if context]))
        contexts = iter(self.encode_all([context for context, _ in moved if context]))
        return [
            self._split_pair(continuation, next(contexts), next(wholes)) if context else self._alone(continuation)
            for context, continuation in moved
        ]

    def _split_pair(self, continuation: str, context: list[int], whole: list[int]) -> tuple[list[int], list[int]]:
        return context, whole[len(context) :] or self.tok_encode(continuation, add_special_tokens=False)

    def _alone(self, continuation: str) -> tuple[list[int], list[int]]:
        tokens = self.tok_encode(continuation, add_special_tokens=False)
        if tokens[:1] == [self.prefix_token_id] and len(tokens) > 1:
            return tokens[:1], tokens[1:]
        return [self.prefix_token_id], tokens

    def _score(self, windows: list[Window], requests: int) -> list[tuple[float, bool]]:
        """Sum log-likelihoods by request in double precision; True where every token was the likeliest."""
        totals, greedy = [0.0] * requests, [True] * requests
        results: list[tuple[float, bool]] = [(0.0, True)] * len(windows)
        for batch in self._batches(windows):
            for index, result in zip(batch, self._forward([windows[i] for i in batch]), strict=True):
                results[index] = result
        for window, (value, likeliest) in zip(windows, results, strict=True):
            totals[window.request] += value
            greedy[window.request] &= likeliest
        return list(zip(totals, greedy, strict=True))

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[int]]:
        """Yield indices of windows, longest first, so that a batch holds little padding."""
        batch: list[int] = []
        for index in sorted(range(len(windows)), key=lambda i: (-len(windows[i].inputs), i)):
            if batch and (len(batch) + 1) * len(windows[batch[0]].inputs) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    @torch.inference_mode()
    def _forward(self, batch: list[Window]) -> list[tuple[float, bool]]:
        """Score one batch. Padding is on the right, where a causal model never looks: no mask is needed."""
        self.input_tokens += sum(len(window.inputs) for window in batch)
        longest = len(batch[0].inputs)
        inputs = torch.tensor([w.inputs + [self.eot_token_id] * (longest - len(w.inputs)) for w in batch])
        targets = torch.tensor([_padded_targets(window, longest) for window in batch]).to(self._device)
        logits = self.model(input_ids=inputs.to(self._device), use_cache=False).logits
        losses, hits = _losses(logits.flatten(0, 1), targets.flatten())
        sums = losses.view_as(targets).double().sum(dim=1).neg()
        return list(zip(sums.tolist(), hits.view_as(targets).all(dim=1).tolist(), strict=True))

    @torch.inference_mode()
    def _generate(self, context: str, generation_kwargs: dict[str, Any]) -> str:
        kwargs = normalize_gen_kwargs(generation_kwargs, self.max_length)
        refuse_sampling(kwargs)
        stop = handle_stop_sequences(kwargs.get("until"), eos=self.tokenizer.decode([self.eot_token_id]))
        # At least half of the window is left to the context, however much is to be generated.
        new_tokens = min(int(kwargs["max_gen_toks"]), self.max_length // 2)
        tokens = (self.tok_encode(context) or [self.prefix_token_id])[-(self.max_length - new_tokens) :]
        inputs = torch.tensor([tokens], device=self._device)
        output = self.model.generate(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            do_sample=False,
            max_new_tokens=new_tokens,
            stop_strings=[text for text in stop if text],
            tokenizer=self.tokenizer,
            pad_token_id=self.eot_token_id,
        )
        self.input_tokens += output.shape[1] - 1
        generated = self.tokenizer.decode(output[0, len(tokens) :], skip_special_tokens=False)
        return str(postprocess_generated_text(generated, stop, None))


def refuse_sampling(generation_kwargs: dict[str, Any]) -> None:
    """Refuse generation that draws at random: scores would not be functions of the checkpoint.

    Raises:
        UserError: It does.
    """
    if normalize_gen_kwargs(generation_kwargs).get("do_sample"):
        raise UserError("a task asks for sampling", where="generation_kwargs", expected="do_sample: false")


def load_lm(directory: Path, numerics: Numerics) -> CheckpointLM:
    """Open a checkpoint in ``save_pretrained`` layout, in the dtype it was exported in.

    Args:
        directory: Weights, configuration and tokenizer.
        numerics: Gives the device, the attention backend and the batch size in tokens.
    """
    model = load_model(directory, numerics, "auto")
    return CheckpointLM(model.to(numerics.device).eval(), load_tokenizer(directory), numerics.eval_batch_tokens)


def _move_spaces(context: str, continuation: str) -> tuple[str, str]:
    """Move the context's trailing spaces to the continuation, as lm-eval does, to keep word boundaries."""
    kept = context.rstrip()
    return kept, context[len(kept) :] + continuation


def _losses(logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return NLL in nats, computed in fp32, and whether the target is the likeliest token; zero and True if ignored.

    In pieces, so that the fp32 log-probabilities stay in cache and never exist for the whole batch.

    Args:
        logits: (tokens, vocabulary) in the model's dtype.
        targets: (tokens,) ids or ``IGNORED``.
    """
    losses, hits = [], []
    for start in range(0, len(targets), _PIECE):
        piece, wanted = logits[start : start + _PIECE], targets[start : start + _PIECE]
        losses.append(functional.cross_entropy(piece.float(), wanted, ignore_index=IGNORED, reduction="none"))
        hits.append((piece.argmax(dim=-1) == wanted) | (wanted == IGNORED))
    return torch.cat(losses), torch.cat(hits)


def _padded_targets(window: Window, longest: int) -> list[int]:
    before = len(window.inputs) - len(window.targets)
    return [IGNORED] * before + window.targets + [IGNORED] * (longest - len(window.inputs))
