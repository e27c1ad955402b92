"""From evidence to words: supported, contradicted, undecided."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from earlyexp_bench.scoring.holm import ALPHA, holm
from earlyexp_bench.scoring.statistics import Estimate

if TYPE_CHECKING:
    from earlyexp_bench.scoring.claims.results import PipelineResults

LEAST_SEEDS = 5  # for any verdict on a claim
ClaimWord = Literal["supported", "contradicted", "undecided"]


class NoEvidence(Exception):
    """What a claim is about was not measured, or cannot be compared; says why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one pipeline says about one reading of a claim.

    Attributes:
        estimate: Of the quantity that the claim is about, with its 95% interval over the seeds. The tests below decide,
            not this interval.
        p_supported: Of the test that would support the claim, corrected for its parts: to be compared with 5%.
        p_contradicted: Of the test that would contradict it. Both verdicts together are to be false 5% of the time.
        detail: What was compared, in words.
        exclusion: Why no verdict is possible, whatever the tests say.
        parts: What else was estimated and shall be shown, by what it is, e.g. ``λ = 0.5 against λ = 0``.
    """

    estimate: Estimate | None
    p_supported: float
    p_contradicted: float
    detail: str = ""
    exclusion: str = ""
    parts: Mapping[str, Estimate] = field(default_factory=dict)

    @classmethod
    def none(cls, reason: str) -> "Evidence":
        """Say why there is nothing to test; the pipeline keeps its place in the family."""
        return cls(None, 1.0, 1.0, exclusion=reason)


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """The verdict on one reading of a claim in one pipeline; p-values are Holm's over the pipelines."""

    word: ClaimWord
    estimate: Estimate | None
    p_supported: float
    p_contradicted: float
    reason: str
    parts: Mapping[str, Estimate] = field(default_factory=dict)


def verdicts(
    test: "Callable[[PipelineResults], Evidence]", pipelines: "Iterable[PipelineResults]"
) -> dict[str, ClaimVerdict]:
    """Give the verdict of one test in every pipeline; where it finds no evidence, undecided and why."""
    return decide({pipeline.name: _evidence(test, pipeline) for pipeline in pipelines})


def _evidence(test: "Callable[[PipelineResults], Evidence]", pipeline: "PipelineResults") -> Evidence:
    try:
        return test(pipeline)
    except NoEvidence as missing:
        return Evidence.none(str(missing))


def decide(evidence: Mapping[str, Evidence]) -> dict[str, ClaimVerdict]:
    """Give the verdict in every pipeline.

    Holm's correction runs over the pipelines, once for support and once for contradiction. Pipelines that cannot be
    judged count in the family. Below five seeds everything is undecided.

    Args:
        evidence: By pipeline, all those that the board has.
    """
    tested = {name: _excluded_by_seeds(one) for name, one in evidence.items()}
    supported = holm([1.0 if one.exclusion else one.p_supported for one in tested.values()])
    contradicted = holm([1.0 if one.exclusion else one.p_contradicted for one in tested.values()])
    return {
        name: _verdict(one, support, against, len(tested))
        for (name, one), support, against in zip(tested.items(), supported, contradicted, strict=True)
    }


def _excluded_by_seeds(one: Evidence) -> Evidence:
    if one.exclusion or one.estimate is None or one.estimate.n >= LEAST_SEEDS:
        return one
    return replace(one, exclusion=f"{one.estimate.n} of at least {LEAST_SEEDS} seeds")


def _verdict(one: Evidence, supported: float, contradicted: float, pipelines: int) -> ClaimVerdict:
    if one.exclusion:
        return ClaimVerdict("undecided", one.estimate, supported, contradicted, one.exclusion, one.parts)
    word: ClaimWord = "undecided"
    if min(supported, contradicted) < ALPHA:
        word = "supported" if supported < contradicted else "contradicted"
    tests = f"p = {supported:.2g} for, {contradicted:.2g} against{_corrected(pipelines)}"
    reason = f"{one.detail}: {tests}" if one.detail else tests
    return ClaimVerdict(word, one.estimate, supported, contradicted, reason, one.parts)


def _corrected(pipelines: int) -> str:
    return f", corrected for {pipelines} pipelines (Holm)" if pipelines > 1 else ""
