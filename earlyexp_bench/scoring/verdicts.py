"""Verdicts of one pipeline: which rows have a place in the family, and on which no verdict may rest and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from earlyexp_bench.scoring.board import PipelineScore
from earlyexp_bench.scoring.cells import BoardTerms, RecipeTerms
from earlyexp_bench.scoring.intervals import board_interval
from earlyexp_bench.scoring.judgements import Judgement, judge
from earlyexp_bench.scoring.readings import OTHER_READINGS
from earlyexp_bench.scoring.scores import JUDGED
from earlyexp_bench.scoring.statistics import Estimate

COST = 0.1  # nats of general loss


def judge_pipeline(terms: BoardTerms, scores: Sequence[PipelineScore]) -> tuple[PipelineScore, ...]:
    """Give every row its verdict.

    Args:
        terms: Primary contrast, control, family, and which rows are not the benchmark's own.
        scores: Every row of one pipeline, in the board's order, which is the order of arrival.
    """
    judges = _Judges(terms, {score.recipe: score for score in scores})
    return tuple(judges.judged(score) for score in scores)


def exclusion(score: PipelineScore, recipe: RecipeTerms) -> str:
    """Return why no verdict may rest on a row's scores; empty where one may."""
    if score.state == "skipped":
        return f"{recipe.name} cannot run here: {score.reason}"
    if recipe.disqualified:
        return f"{recipe.name} is disqualified: {recipe.disqualified}"
    if recipe.oracle:
        return f"{recipe.name} is an oracle: it uses what nobody has downstream"
    if score.state == "incomplete":
        return f"{recipe.name} is not complete"
    if score.oracle:
        return f"{recipe.name} is an oracle: it stands at the hardest level before it is fine-tuned"
    return f"{recipe.name} {score.flagged}" if score.flagged else ""


def beyond_family(terms: BoardTerms) -> frozenset[str]:
    """Return the rows that find no place: the last to arrive.

    The primary contrast has a place of its own, and so has the one between its row and the control.
    """
    others = [one for one in terms.recipes if one.name not in (terms.reference, terms.primary)]
    in_order = [one.name for one in others if not one.source] + [one.name for one in others if one.source]
    return frozenset(in_order[terms.family - 1 - (terms.control is not None) :])


@dataclass(frozen=True)
class _Judges:
    """Rows of one pipeline by their recipe."""

    terms: BoardTerms
    rows: Mapping[str, PipelineScore]

    def judged(self, row: PipelineScore) -> PipelineScore:
        terms = self.terms
        if row.recipe == terms.reference:
            return row
        primary = row.recipe == terms.primary
        judgement = self._judge(row, terms.reference, row.whole.by_seed(JUDGED), primary=primary)
        costly = judgement.word == "better" and _costs(row.whole.scores.get("pretraining_difference"))
        return replace(
            row,
            judgement=replace(judgement, at_a_cost=costly),
            control=self._against_control(row) if primary and terms.control else None,
            sensitivity=self._sensitivity(row, primary=primary),
        )

    def _judge(self, row: PipelineScore, against: str, gains: Sequence[float], *, primary: bool) -> Judgement:
        return judge(
            gains,
            against,
            pipelines=self.terms.sharing,
            primary=primary,
            family=self.terms.family,
            placed=row.recipe not in beyond_family(self.terms),
            barred=self._barred(row, self.rows[against]),
        )

    def _barred(self, row: PipelineScore, other: PipelineScore) -> str:
        for score in (row, other):
            if reason := exclusion(score, self.terms.recipe(score.recipe)):
                return reason
        if row.tries != other.tries:
            return f"unequal tries: stage-2 runs a seed: {row.recipe} {row.tries}, {other.recipe} {other.tries}"
        return self.terms.pipeline(row.pipeline).levels_reason

    def _against_control(self, row: PipelineScore) -> Judgement:
        assert self.terms.control is not None
        control = self.rows[self.terms.control]
        ours, theirs = ({seed.seed: seed.value("matched_loss") for seed in one.whole.seeds} for one in (row, control))
        both = [(theirs[seed], ours[seed]) for seed in ours if seed in theirs]
        gains = [there - here for there, here in both if there is not None and here is not None]
        return self._judge(row, self.terms.control, gains, primary=False)

    def _sensitivity(self, row: PipelineScore, *, primary: bool) -> dict[str, Estimate]:
        if row.recipe in beyond_family(self.terms):
            return {}
        share = {"pipelines": self.terms.sharing, "family": self.terms.family}
        gains = {reading.title: row.whole.by_seed(reading.name) for reading in OTHER_READINGS}
        return {title: board_interval(of, **share, primary=primary) for title, of in gains.items() if of}


def _costs(guard: Estimate | None) -> bool:
    return guard is not None and guard.low is not None and guard.low > COST
