"""The unit of each axis, from what n-gram models of a domain's train split make of its held-out splits."""

from collections.abc import Mapping

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.stages import HELD_OUT, HeldOut, TokensOutput
from earlyexp_bench.planning import Plan
from earlyexp_bench.scoring.cells import Scale


def check_scales(plan: Plan, data: Mapping[str, TokensOutput]) -> None:
    """Refuse domains that no board could be scored on, by what their tokens stages found, by the domain's name.

    Raises:
        UserError: A target or a downstream domain has no unit on a held-out split.
    """
    for index, pipeline in enumerate(plan.spec.pipelines):
        for role, name in (("target", pipeline.target), ("downstream", pipeline.downstream)):
            for split in HELD_OUT:
                scale_of(plan, data[name], name, split, plan.loaded.where(("pipelines", index, role)))


def scale_of(plan: Plan, data: TokensOutput, name: str, split: HeldOut, where: str = "") -> Scale:
    """Return a domain's unit on one split.

    Raises:
        UserError: Pairs of tokens tell no more there than single ones do, or no document has an answer.
    """
    losses = data.held_out(split).ngrams.get(plan.domains[name].definition.loss_on)
    if losses is None:
        raise UserError(
            f"{name} is scored on answers, and one of its splits has no document with a prompt and an answer",
            where=where,
            expected="some in train, validation and test",
        )
    if not losses.bigram < losses.unigram:
        raise UserError(
            f"{name} has no unit on {split}: a bigram model of its train split has a loss of {losses.bigram:.3f} nats "
            f"per token there, word frequencies {losses.unigram:.3f}",
            where=where,
            expected="a domain whose train split tells more of its test split than word frequencies: more text",
        )
    return Scale(nadir=losses.unigram, ideal=losses.bigram)
