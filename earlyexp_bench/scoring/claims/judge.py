"""From a board and its cells to the verdicts on the claims that its benchmark states."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from earlyexp_bench.scoring.board import Board
from earlyexp_bench.scoring.cells import CellResult, ClaimTerms, PipelineTerms
from earlyexp_bench.scoring.claims.addition import addition
from earlyexp_bench.scoring.claims.dominance import dominance
from earlyexp_bench.scoring.claims.immediate import immediate_stays
from earlyexp_bench.scoring.claims.interior import interior_is_best
from earlyexp_bench.scoring.claims.levels import matched_retained
from earlyexp_bench.scoring.claims.outcome import Evidence, Outcome, decide
from earlyexp_bench.scoring.claims.readings import Found, Loss, View, curves_of, losses_at_rate
from earlyexp_bench.scoring.claims.retained import retained_falls
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.verdicts import why_no_verdict

STATEMENTS = {
    "R1": "The immediate loss hardly moves with λ",
    "R2": "The retained loss falls with λ",
    "R3": "The best λ lies between none and all",
    "R4": "The exposed front dominates",
    "R5a": "Replay adds to exposure",
    "R5b": "Dropout adds to exposure",
    "R6": "Exposure helps LoRA",
}
VIEWS: dict[View, str] = {
    "downstream": "retained against downstream loss",
    "pretraining": "retained against pretraining loss",
}
MATCHED = "at matched downstream loss"


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The verdict on one reading of one claim, pipeline by pipeline.

    Attributes:
        claim: ``R1`` to ``R6``.
        statement: The claim in words.
        reading: At which rate, level or view it is read.
        recipes: As in ``ClaimTerms``.
        outcomes: By pipeline.
    """

    claim: str
    statement: str
    reading: str
    recipes: tuple[str, ...]
    outcomes: dict[str, Outcome]


def judge_claims(board: Board, cells: Iterable[CellResult]) -> tuple[ClaimResult, ...]:
    """Test every claim that the benchmark states, in its order; claims about λ twice, R4 in either view.

    A pipeline whose cells have not all run, or whose losses are not all there, is undecided and says why.

    Args:
        board: Scored from the cells.
        cells: Every cell of the board.
    """
    study = _Study(board, group_cells(board.terms, cells))
    return tuple(result for terms in board.terms.claims for result in study.judge(terms))


@dataclass(frozen=True)
class _Study:
    board: Board
    groups: dict[Pair, Group]

    def judge(self, terms: ClaimTerms) -> list[ClaimResult]:
        if terms.claim == "R4":
            return [self._result(terms, VIEWS[view], self._fronts(terms, view)) for view in VIEWS]
        if not terms.fractions:
            return [self._result(terms, "in hypervolume", self._over(lambda p: self._addition(terms, p)))]
        rate = f"at fine-tuning rate {terms.learning_rate:g}"
        readings: list[tuple[str, Callable[[PipelineTerms], Found]]] = [
            (rate, lambda pipeline: self._at_rate(terms, pipeline, lambda loss: loss.retained)),
            (MATCHED, lambda pipeline: self._matched(terms, pipeline)),
        ]
        return [self._result(terms, reading, self._about_lambda(terms, read)) for reading, read in readings]

    def _result(self, terms: ClaimTerms, reading: str, evidence: dict[str, Evidence]) -> ClaimResult:
        return ClaimResult(terms.claim, STATEMENTS[terms.claim], reading, terms.recipes, decide(evidence))

    def _over(self, evidence: Callable[[PipelineTerms], Evidence]) -> dict[str, Evidence]:
        return {pipeline.name: evidence(pipeline) for pipeline in self.board.terms.pipelines}

    def _about_lambda(self, terms: ClaimTerms, read: Callable[[PipelineTerms], Found]) -> dict[str, Evidence]:
        retained = {pipeline.name: read(pipeline) for pipeline in self.board.terms.pipelines}
        if terms.claim == "R3":
            return {name: _unless(found, terms, interior_is_best) for name, found in retained.items()}
        falls = {name: _unless(found, terms, retained_falls) for name, found in retained.items()}
        if terms.claim == "R2":
            return falls
        decided = decide(falls)
        return self._over(lambda pipeline: self._immediate(terms, pipeline, retained[pipeline.name], decided))

    def _immediate(
        self, terms: ClaimTerms, pipeline: PipelineTerms, retained: Found, falls: dict[str, Outcome]
    ) -> Evidence:
        immediate = self._at_rate(terms, pipeline, lambda loss: loss.immediate)
        for found in (retained, immediate):
            if isinstance(found, str):
                return Evidence.none(found)
        cells = [cell for recipe in terms.recipes for cell in self.groups[recipe, pipeline.name].all]
        short = sum(cell.stopped != "converged" for cell in cells)
        return immediate_stays(immediate, retained, terms.fractions, falls=falls[pipeline.name], unconverged=short)

    def _fronts(self, terms: ClaimTerms, view: View) -> dict[str, Evidence]:
        return self._over(lambda pipeline: self._front(terms, pipeline, view))

    def _front(self, terms: ClaimTerms, pipeline: PipelineTerms, view: View) -> Evidence:
        groups = self._complete(terms, pipeline)
        if isinstance(groups, str):
            return Evidence.none(groups)
        reference, exposed = (curves_of(group, view, pipeline) for group in groups)
        return self._unless_barred(dominance(reference, exposed), terms, pipeline)

    def _addition(self, terms: ClaimTerms, pipeline: PipelineTerms) -> Evidence:
        groups = self._complete(terms, pipeline)
        if isinstance(groups, str):
            return Evidence.none(groups)
        scores = [self.board.score(recipe, pipeline.name) for recipe in terms.recipes]
        without, with_it = (score.whole.by_seed("hypervolume") for score in scores)
        return self._unless_barred(addition(with_it, without), terms, pipeline)

    def _unless_barred(self, evidence: Evidence, terms: ClaimTerms, pipeline: PipelineTerms) -> Evidence:
        """Keep the estimate of a comparison in which no verdict may rest on a front, and say why."""
        board = self.board
        bars = [why_no_verdict(board.score(name, pipeline.name), board.terms.recipe(name)) for name in terms.recipes]
        found = "; ".join(bar for bar in bars if bar)
        return replace(evidence, barred=found) if found and not evidence.barred else evidence

    def _at_rate(self, terms: ClaimTerms, pipeline: PipelineTerms, loss: Loss) -> Found:
        groups = self._complete(terms, pipeline)
        return groups if isinstance(groups, str) else losses_at_rate(groups, terms.learning_rate, loss)

    def _matched(self, terms: ClaimTerms, pipeline: PipelineTerms) -> Found:
        groups = self._complete(terms, pipeline)
        if isinstance(groups, str):
            return groups
        return matched_retained({group.recipe: curves_of(group, "downstream", pipeline) for group in groups})

    def _complete(self, terms: ClaimTerms, pipeline: PipelineTerms) -> list[Group] | str:
        """The groups of a claim's recipes, or why they cannot be compared."""
        if pipeline.test is None or pipeline.validation is None:
            return "the units of the axes are not known yet"
        groups = [self.groups[recipe, pipeline.name] for recipe in terms.recipes]
        for group in groups:
            if group.state != "complete":
                return _not_complete(group.recipe, group.reason)
        return groups


def _unless(found: Found, terms: ClaimTerms, test: Callable[[Floats, tuple[float, ...]], Evidence]) -> Evidence:
    return Evidence.none(found) if isinstance(found, str) else test(found, terms.fractions)


def _not_complete(recipe: str, reason: str) -> str:
    return f"{recipe} is not complete{f': {reason}' if reason else ''}"
