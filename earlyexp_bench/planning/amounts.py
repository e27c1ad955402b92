"""Amounts of a benchmark and its recipes that no stage could train on, refused before anything runs."""

import itertools

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.counts import sequence_count, share
from earlyexp_bench.planning.components import SPEC_KEYS
from earlyexp_bench.planning.controls import related_placebo
from earlyexp_bench.spec import LoadedBenchmark, Pipeline


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
    exposure = recipe.exposure
    if exposure.fraction == 0 or related_placebo(recipe, pipeline):
        return
    where = loaded.where(("recipes", name, "exposure", "fraction"))
    every = sequence_count(spec.target_tokens_of(pipeline), spec.context)
    general = spec.pretraining.tokens // spec.context
    exposed = share(every, exposure.fraction)
    if exposed == 0:
        raise UserError(
            f"{exposure.fraction:g} of the {every} sequences of {pipeline.target} is none",
            where=where,
            expected=f"{0.5 / every:.2g} or more, or more target tokens",
        )
    if exposure.mode == "replace" and exposed * exposure.repeats >= general:
        raise UserError(
            f"{exposed * exposure.repeats} sequences would replace all {general} of {spec.pretraining.corpus}",
            where=where,
            expected="a share that leaves some of them",
        )
    if spec.track == "matched" and exposure.fraction < 1 and exposed == every:
        raise UserError(
            f"{exposure.fraction:g} of the {every} sequences of {pipeline.target} leaves none to post-train on",
            where=where,
            expected="1, or a share that leaves one",
        )
