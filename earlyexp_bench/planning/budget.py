"""Amounts that no stage could train on, and budgets beyond the data, refused before anything runs."""

import itertools
from collections.abc import Mapping

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.stages import TokensOutput, general_stream_tokens
from earlyexp_bench.planning.components import SPEC_KEYS, PlannedDomain
from earlyexp_bench.planning.recipes import exposure_on, placebos, related_placebo
from earlyexp_bench.spec import KeyPath, LoadedBenchmark, Pipeline


def check_budgets(loaded: LoadedBenchmark, domains: dict[str, PlannedDomain]) -> None:
    """Refuse budgets that no tokenizer could meet with the data there is: a byte-level token is at least one byte.

    Raises:
        UserError: A budget exceeds its domain's bytes.
    """
    for path, name, tokens, repeats in _demands(loaded):
        available = domains[name].train_bytes
        if available is not None and tokens > available * repeats:
            raise _too_large(loaded, path, name, tokens, f"at most {available:,} (one a byte)", repeats)


def check_token_counts(loaded: LoadedBenchmark, data: Mapping[str, TokensOutput]) -> None:
    """Refuse budgets that the tokenised data do not meet.

    Args:
        loaded: The benchmark.
        data: What its tokens stage found, by the domain's name.

    Raises:
        UserError: A budget exceeds its domain's tokens.
    """
    for path, name, tokens, repeats in _demands(loaded):
        # Each document brings one end token into the packed stream.
        train = data[name].train
        available = train.tokens + train.documents
        if tokens > available * repeats:
            raise _too_large(loaded, path, name, tokens, f"{available:,}", repeats)


def _too_large(
    loaded: LoadedBenchmark, path: KeyPath, name: str, tokens: int, available: str, repeats: int
) -> UserError:
    stage = path[0]
    remedy = " or more `repeats`" if stage == "finetuning" else ""
    shown = f" in {repeats} passes" if repeats > 1 else ""
    return UserError(
        f"{tokens:,} tokens are asked of {name}, whose train split has {available}{shown}",
        where=loaded.where(path),
        expected=f"a smaller budget{remedy}",
    )


def _demands(loaded: LoadedBenchmark) -> list[tuple[KeyPath, str, int, int]]:
    spec = loaded.spec
    general = _most_general_tokens(loaded)
    demands: list[tuple[KeyPath, str, int, int]] = [(("pretraining", "tokens"), spec.pretraining.corpus, general, 1)]
    for index, pipeline in enumerate(spec.pipelines):
        size = spec.target_tokens_of(pipeline)
        path: KeyPath = ("pipelines", index, "target_tokens") if pipeline.target_tokens else ("target_tokens",)
        demands.append((path, pipeline.target, size, 1))
        for recipe, name in placebos(spec):
            demands.append((("recipes", recipe, "exposure", "source"), name, size, 1))
        tuned = spec.finetuning
        demands.append((("finetuning", "tokens"), pipeline.downstream, tuned.tokens, tuned.repeats))
    return demands


def _most_general_tokens(loaded: LoadedBenchmark) -> int:
    """Most tokens of the general stream that a recipe's stage 1 reads."""
    spec = loaded.spec
    exposures = (exposure_on(spec, *pair) for pair in itertools.product(spec.recipes.values(), spec.pipelines))
    return max(general_stream_tokens(spec.pretraining.tokens, exposure, spec.context) for exposure in exposures)


def check_amounts(loaded: LoadedBenchmark) -> None:
    """Refuse batches that hold no whole number of sequences, and shares that are none or leave none.

    Raises:
        UserError: With the place of the first one.
    """
    _check_batches(loaded)
    for pipeline in loaded.spec.pipelines:
        _check_cap(loaded, pipeline)
    for recipe, pipeline in itertools.product(loaded.spec.recipes, loaded.spec.pipelines):
        _check_exposure(loaded, recipe, pipeline)


def _check_batches(loaded: LoadedBenchmark) -> None:
    context = loaded.spec.context
    for key in SPEC_KEYS.values():
        tokens = getattr(loaded.spec, key).batch_tokens
        if tokens % context:
            raise UserError(
                f"{tokens} is no multiple of the context {context}",
                where=loaded.where((key, "batch_tokens")),
                expected=f"for example {max(1, round(tokens / context)) * context}",
            )


def _check_cap(loaded: LoadedBenchmark, pipeline: Pipeline) -> None:
    spec = loaded.spec
    shortest = min(spec.context, spec.target_tokens_of(pipeline))
    if spec.posttraining.max_tokens is not None and spec.posttraining.max_tokens < shortest:
        raise UserError(
            f"a cap of {spec.posttraining.max_tokens} tokens holds no sequence of {pipeline.target}",
            where=loaded.where(("posttraining", "max_tokens")),
            expected=f"{shortest} or more",
        )


def _check_exposure(loaded: LoadedBenchmark, name: str, pipeline: Pipeline) -> None:
    spec, recipe = loaded.spec, loaded.spec.recipes[name]
    exposure = exposure_on(spec, recipe, pipeline)
    if exposure is None or related_placebo(recipe, pipeline):
        return
    where = loaded.where(("recipes", name, "exposure", "fraction"))
    amount, general = exposure.amount(spec.context), spec.pretraining.tokens // spec.context
    asked = f"{exposure.fraction:g} of the {amount.available} sequences of {pipeline.target}"
    if amount.exposed == 0:
        raise UserError(
            f"{asked} is none", where=where, expected=f"{0.5 / amount.available:.2g} or more, or more target tokens"
        )
    if exposure.mode == "replace" and amount.rows >= general:
        raise UserError(
            f"{amount.rows} sequences would replace all {general} of {spec.pretraining.corpus}",
            where=where,
            expected="a share that leaves some of them",
        )
    if spec.track == "matched" and exposure.fraction < 1 and amount.exposed == amount.available:
        raise UserError(f"{asked} leaves none to post-train on", where=where, expected="1, or a share that leaves one")
