"""The unit of each axis, from what n-gram models of a domain's train split make of its held-out splits."""

from collections.abc import Mapping

from earlyexp_bench.contracts import Record, UserError
from earlyexp_bench.planning import Plan
from earlyexp_bench.scoring.cells import Scale

HELD_OUT = ("validation", "test")


def check_scales(plan: Plan, records: Mapping[str, Record]) -> None:
    """Refuse domains that no board could be scored on.

    Args:
        plan: The benchmark's.
        records: Domain name to the record of its tokens stage.

    Raises:
        UserError: A target or a downstream domain has no unit on a held-out split.
    """
    for index, pipeline in enumerate(plan.spec.pipelines):
        for role, name in (("target", pipeline.target), ("downstream", pipeline.downstream)):
            for split in HELD_OUT:
                scale_of(plan, records[name], name, split, plan.loaded.where(("pipelines", index, role)))


def scale_of(plan: Plan, record: Record, name: str, split: str, where: str = "") -> Scale:
    """Return a domain's unit on one split.

    Raises:
        UserError: Pairs of tokens tell no more there than single ones do, or no document has an answer.
    """
    prefix = loss_prefix(plan, name)
    if f"{prefix}unigram_loss" not in record.metrics:
        raise UserError(
            f"{name} is scored on answers, and one of its splits has no document with a prompt and an answer",
            where=where,
            expected="some in train, validation and test",
        )
    nadir, ideal = (record.metrics[f"{prefix}{model}_loss"][split] for model in ("unigram", "bigram"))
    if not ideal < nadir:
        raise UserError(
            f"{name} has no unit on {split}: a bigram model of its train split has a loss of {ideal:.3f} nats per "
            f"token there, word frequencies {nadir:.3f}",
            where=where,
            expected="a domain whose train split tells more of its test split than word frequencies: more text",
        )
    return Scale(nadir=nadir, ideal=ideal)


def loss_prefix(plan: Plan, domain: str) -> str:
    """Return what precedes ``loss`` in the names of a domain's losses."""
    return "answer_" if plan.domains[domain].definition.loss_on == "answer" else ""
