"""From evidence to words: supported, contradicted, undecided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from earlyexp_bench.scoring.contrasts import LEAST_SEEDS
from earlyexp_bench.scoring.holm import ALPHA, holm
from earlyexp_bench.scoring.statistics import Estimate

Word = Literal["supported", "contradicted", "undecided"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one pipeline says about one claim.

    Attributes:
        estimate: Of the quantity that the claim is about, with its 95% interval; positive speaks for the claim, but in
            R1, where it is the change itself. The tests below decide, not this interval.
        p_supported: Of the test that would support the claim, corrected for its parts: to be compared with 5%.
        p_contradicted: Of the test that would contradict it.
        detail: What was compared, in words.
        barred: Why no verdict is possible, whatever the tests say.
    """

    estimate: Estimate | None
    p_supported: float
    p_contradicted: float
    detail: str = ""
    barred: str = ""

    @classmethod
    def none(cls, reason: str) -> "Evidence":
        """Say why there is nothing to test; the pipeline keeps its place in the family."""
        return cls(None, 1.0, 1.0, barred=reason)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one claim in one pipeline; p-values are Holm's over the pipelines."""

    word: Word
    estimate: Estimate | None
    p_supported: float
    p_contradicted: float
    reason: str


def decide(evidence: Mapping[str, Evidence]) -> dict[str, Outcome]:
    """Give the verdict on one claim in every pipeline.

    Holm's correction runs over the pipelines, once for support and once for contradiction. Pipelines that cannot be
    judged count in the family. Below five seeds everything is undecided.

    Args:
        evidence: By pipeline, all those that the study has.
    """
    judged = {name: _barred_by_seeds(one) for name, one in evidence.items()}
    supported = holm([1.0 if one.barred else one.p_supported for one in judged.values()])
    contradicted = holm([1.0 if one.barred else one.p_contradicted for one in judged.values()])
    return {
        name: _outcome(one, support, against, len(judged))
        for (name, one), support, against in zip(judged.items(), supported, contradicted, strict=True)
    }


def _barred_by_seeds(one: Evidence) -> Evidence:
    if one.barred or one.estimate is None or one.estimate.n >= LEAST_SEEDS:
        return one
    return replace(one, barred=f"{one.estimate.n} of at least {LEAST_SEEDS} seeds")


def _outcome(one: Evidence, supported: float, contradicted: float, pipelines: int) -> Outcome:
    if one.barred:
        return Outcome("undecided", one.estimate, supported, contradicted, one.barred)
    word: Word = "undecided"
    if min(supported, contradicted) < ALPHA:
        word = "supported" if supported < contradicted else "contradicted"
    tests = f"p = {supported:.2g} for, {contradicted:.2g} against, after Holm over {pipelines} pipelines"
    return Outcome(word, one.estimate, supported, contradicted, f"{one.detail}: {tests}" if one.detail else tests)
