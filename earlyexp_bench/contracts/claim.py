"""What a claim of a paper is: a statement, the recipes that stand for it, and a test on what a board measured.

A claim has two halves, as a method has. The light half, `ClaimDefinition`, is registered in ``register_claims`` and is
asked when a benchmark is planned. The heavy half, `Claim`, is imported when a board is judged, and may use numpy and
scipy. All that it needs of ours is in `earlyexp_bench.scoring.claims`:

- ``PipelineResults``: what one pipeline of a board measured. ``matched`` (matched loss of seeds × recipes, level by
  level), ``losses`` (seeds × recipes at one sweep point), ``hypervolumes`` (seeds × recipes), ``exclusion``;
  ``matched_mean`` and ``mean_loss`` to be drawn; ``pipelines`` are all of the board. What is not there raises
  ``NoEvidence``.
- ``Evidence``: an estimate, and a p-value for either verdict; ``verdicts`` where one claim rests on another.
- ``t_interval`` and ``p_greater``: mean and 95% interval of paired differences, and their one-sided t test;
  ``detectable_effect``: what such a test finds with 80% power.
- ``hypervolume`` and ``pareto_front``: of fronts of your own.

The host does the rest: Holm over the pipelines, at least five seeds, ``claims.json``, the page, the command ``claims``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from earlyexp_bench.contracts.domain import NoParams
from earlyexp_bench.contracts.errors import KeyPath

if TYPE_CHECKING:
    from earlyexp_bench.scoring.claims import ClaimCurve, Evidence, PipelineResults

P = TypeVar("P", bound=BaseModel)
BenchmarkData = Mapping[str, Any]
"""A benchmark as its file says it, by the file's keys, every default filled in, with its own recipes alone."""


class ClaimDefinition(Generic[P]):
    """The light half of a claim. Subclass it, set the class attributes, register the class's instance.

    Attributes:
        name: What a benchmark calls it; the id is ``distribution/name``.
        version: Raise it whenever a verdict may change.
        statement: The claim in one sentence, without a full stop.
        Params: Pydantic model of its parameters: which recipes stand for it, where they are read.
        implementation: Heavy half as ``"package._module:Class"``, imported only where a board is judged.
        reference: Paper or page that claims it.
        note: What a reader must know of its readings; one or two sentences for the page.
    """

    name: str
    version: str
    statement: str
    Params: type[P] = NoParams  # type: ignore[assignment]
    implementation: str
    reference: str = ""
    note: str = ""

    @property
    def description(self) -> str:
        """What `plugins list` says."""
        return self.statement

    def recipes(self, params: P) -> Mapping[KeyPath, str]:
        """Return the recipes that it compares, each by its place in the claim's entry, e.g. ``("recipes", 0)``.

        A benchmark is refused where one of them is none of its own. Files name them in this order.
        """
        return {}

    def check(self, params: P, benchmark: BenchmarkData) -> None:
        """Refuse a benchmark on which the claim would not be what it says; its recipes exist.

        Raises:
            Misplaced: With the place within the claim's entry, and what is wrong there.
        """

    def terms(self, params: P, benchmark: BenchmarkData) -> dict[str, Any]:
        """Return what ``leaderboard.json`` says of it beside ``claim`` and ``recipes``, as JSON values."""
        return {}


class Claim(Protocol):
    """The heavy half of a claim. Constructed with its validated parameters and the benchmark, as ``check`` is given."""

    def readings(self) -> "Mapping[str, Callable[[PipelineResults], Evidence]]":
        """Return the ways to read the claim, each a test of one pipeline, by words such as ``in hypervolume``.

        Each reading gets verdicts of its own. A test may raise ``NoEvidence``: the pipeline is undecided, and why.
        """
        ...


class DrawnClaim(Claim, Protocol):
    """A claim that has something to show beside its verdicts: losses against what the recipes differ in."""

    def curves(self, pipelines: "Sequence[PipelineResults]") -> "Sequence[ClaimCurve]":
        """Return what is drawn, one plot each; claims with equal curves share them."""
        ...
