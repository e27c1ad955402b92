"""Budgets against data, before anything is written: a byte-level token is at least one byte."""

from collections.abc import Mapping

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.stages import TokensOutput
from earlyexp_bench.planning.components import PlannedDomain
from earlyexp_bench.planning.controls import placebos
from earlyexp_bench.spec import KeyPath, LoadedBenchmark


def check_budgets(loaded: LoadedBenchmark, domains: dict[str, PlannedDomain]) -> None:
    """Refuse budgets that no tokenizer could meet with the data there is.

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
    general = spec.pretraining.tokens + _longer(loaded)
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


def _longer(loaded: LoadedBenchmark) -> int:
    """Most general tokens that a control adds to stage 1, a sequence's rounding included."""
    spec = loaded.spec
    sizes = [spec.target_tokens_of(pipeline) for pipeline in spec.pipelines]
    shares = [r.exposure.fraction for r in spec.recipes.values() if r.exposure.source == "general"]
    return max((round(size * share) + 2 * spec.context for size in sizes for share in shares if share), default=0)
