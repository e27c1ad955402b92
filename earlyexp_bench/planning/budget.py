"""Amounts that no stage could train on, and budgets beyond the data, refused before anything runs."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from earlyexp_bench.contracts import KeyPath, UserError
from earlyexp_bench.contracts.stages import TokensOutput, general_stream_tokens
from earlyexp_bench.planning.components import SPEC_KEYS, PlannedDomain
from earlyexp_bench.planning.recipes import exposure_on, placebos, related_placebo
from earlyexp_bench.spec import LoadedBenchmark, Pipeline


@dataclass(frozen=True)
class _Demand:
    """Tokens that a stage asks of a domain's train split, in so many passes at most; ``path`` is what says so."""

    path: KeyPath
    domain: str
    tokens: int
    passes: int = 1

    def is_met(self, available: int) -> bool:
        return self.tokens <= available * self.passes


def check_budgets(loaded: LoadedBenchmark, domains: dict[str, PlannedDomain]) -> None:
    """Refuse budgets that no tokenizer could meet with the data there is: a byte-level token is at least one byte.

    Raises:
        UserError: A budget exceeds its domain's bytes.
    """
    for demand in _demands(loaded):
        available = domains[demand.domain].train_bytes
        if available is not None and not demand.is_met(available):
            raise _too_large(loaded, demand, f"at most {available:,} (one a byte)")


def check_token_counts(loaded: LoadedBenchmark, data: Mapping[str, TokensOutput]) -> None:
    """Refuse budgets that the tokenised data do not meet.

    Args:
        loaded: The benchmark.
        data: What its tokens stage found, by the domain's name.

    Raises:
        UserError: A budget exceeds its domain's tokens.
    """
    for demand in _demands(loaded):
        # Each document brings one end token into the packed stream.
        train = data[demand.domain].train
        available = train.tokens + train.documents
        if not demand.is_met(available):
            raise _too_large(loaded, demand, f"{available:,}")


def _too_large(loaded: LoadedBenchmark, demand: _Demand, available: str) -> UserError:
    remedy = " or more `repeats`" if demand.path[0] == "finetuning" else ""
    shown = f" in {demand.passes} passes" if demand.passes > 1 else ""
    return UserError(
        f"{demand.tokens:,} tokens are asked of {demand.domain}, whose train split has {available}{shown}",
        where=loaded.where(demand.path),
        expected=f"a smaller budget{remedy}",
    )


def _demands(loaded: LoadedBenchmark) -> Iterator[_Demand]:
    spec, tuned = loaded.spec, loaded.spec.finetuning
    yield _Demand(("pretraining", "tokens"), spec.pretraining.corpus, _most_general_tokens(loaded))
    for index, pipeline in enumerate(spec.pipelines):
        size = spec.target_tokens_of(pipeline)
        path: KeyPath = ("pipelines", index, "target_tokens") if pipeline.target_tokens else ("target_tokens",)
        yield _Demand(path, pipeline.target, size)
        for recipe, name in placebos(spec):
            yield _Demand(("recipes", recipe, "exposure", "source"), name, size)
        yield _Demand(("finetuning", "tokens"), pipeline.downstream, tuned.tokens, tuned.repeats)


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
