"""From a claim that a benchmark states to its verdicts, reading by reading."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from earlyexp_bench.scoring.claims.evidence import ClaimVerdict, verdicts
from earlyexp_bench.scoring.claims.results import PipelineResults
from earlyexp_bench.scoring.statistics import Estimate

if TYPE_CHECKING:
    from earlyexp_bench.contracts import Claim


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A mean over the seeds in one pipeline, at one place of the horizontal axis."""

    pipeline: str
    x: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class ClaimCurve:
    """What a claim has to show: one quantity against another, a line for each pipeline.

    Attributes:
        name: The quantity in a word or two, e.g. ``immediate loss``; curves of one claim differ in it.
        title: What is plotted, in full; its unit is nats per token.
        x: What runs along the horizontal axis, in short, e.g. ``λ``.
        x_title: The same in full.
        points: Those whose loss every seed has.
    """

    name: str
    title: str
    x: str
    x_title: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class StatedClaim:
    """A claim as a benchmark states it.

    Attributes:
        claim: What the benchmark calls it.
        statement: The claim in words.
        recipes: Those compared, in the claim's order.
        heavy: Judges it, and draws it if it is a ``DrawnClaim``.
        note: What a reader must know of its readings.
    """

    claim: str
    statement: str
    recipes: tuple[str, ...]
    heavy: "Claim"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The verdicts on one reading of one claim, pipeline by pipeline.

    Attributes:
        claim: What the benchmark calls it.
        statement: The claim in words.
        reading: At which rate, level or view it is read.
        recipes: Those compared.
        outcomes: By pipeline.
        curves: For readers; the same for each reading of a claim. In no file.
        note: As in ``StatedClaim``. In no file.
    """

    claim: str
    statement: str
    reading: str
    recipes: tuple[str, ...]
    outcomes: dict[str, ClaimVerdict]
    curves: tuple[ClaimCurve, ...] = ()
    note: str = ""


def judge_claim(stated: StatedClaim, pipelines: Sequence[PipelineResults]) -> tuple[ClaimResult, ...]:
    """Test a claim in each of its readings, on every pipeline of a board.

    A pipeline whose cells have not all run, or whose losses are not all there, is undecided and says why.
    """
    drawn = getattr(stated.heavy, "curves", lambda _: ())(pipelines)
    curves = tuple(replace(curve, points=tuple(curve.points)) for curve in drawn if curve.points)
    return tuple(
        ClaimResult(
            stated.claim, stated.statement, reading, stated.recipes, verdicts(test, pipelines), curves, stated.note
        )
        for reading, test in stated.heavy.readings().items()
    )
