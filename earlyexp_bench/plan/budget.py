"""Budgets against data, before anything is written: a byte-level token is at least one byte."""

from earlyexp_bench.contracts import Record, UserError
from earlyexp_bench.plan.components import PlannedDomain
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


def check_token_counts(loaded: LoadedBenchmark, records: dict[str, Record]) -> None:
    """Refuse budgets that the tokenised data do not meet.

    Args:
        loaded: The benchmark.
        records: Domain name to the record of its tokens stage.

    Raises:
        UserError: A budget exceeds its domain's tokens.
    """
    for path, name, tokens, repeats in _demands(loaded):
        # Each document brings one end token into the packed stream.
        metrics = records[name].metrics
        available = metrics["tokens"]["train"] + metrics["documents"]["train"]
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
    demands: list[tuple[KeyPath, str, int, int]] = [
        (("pretraining", "tokens"), spec.pretraining.corpus, spec.pretraining.tokens, 1)
    ]
    for pipeline in spec.pipelines:
        demands.append((("target_tokens",), pipeline.target, spec.target_tokens, 1))
        tuned = spec.finetuning
        demands.append((("finetuning", "tokens"), pipeline.downstream, tuned.tokens, tuned.repeats))
    return demands
