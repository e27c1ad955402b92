"""Verdicts and ranks of one pipeline: which rows are compared, which are barred and why."""

from collections.abc import Sequence
from dataclasses import replace

from earlyexp_bench.scoring.board import PipelineScore
from earlyexp_bench.scoring.cells import BoardTerms, RecipeTerms
from earlyexp_bench.scoring.contrasts import Contrast, beyond_family, judge_contrasts, untested
from earlyexp_bench.scoring.ranks import RankRange, rank_ranges
from earlyexp_bench.scoring.scores import JUDGED

NO_PRIMARY = "the benchmark names no primary contrast"


def judge_pipeline(terms: BoardTerms, scores: Sequence[PipelineScore]) -> tuple[PipelineScore, ...]:
    """Give every row its contrast to the reference and its range of ranks.

    Args:
        terms: Primary contrast, family, and which rows are not the benchmark's own.
        scores: Every row of one pipeline, in the board's order, which is the order of arrival.

    Raises:
        ValueError: The family is below 8 or too small for the benchmark's own rows.
    """
    left_out = {score.recipe: _left_out(score, terms.recipe(score.recipe)) for score in scores}
    bars = {score.recipe: exclusion(score, terms.recipe(score.recipe)) for score in scores}
    contrasts = _contrasts(terms, scores, bars)
    unranked = _unranked(terms, left_out)
    ranks = _ranks(terms, [score for score in scores if not unranked[score.recipe]], bars)
    return tuple(
        replace(
            score,
            contrast=contrasts.get(score.recipe),
            rank=ranks.get(score.recipe),
            unranked=unranked[score.recipe],
        )
        for score in scores
    )


def exclusion(score: PipelineScore, recipe: RecipeTerms) -> str:
    """Return why no verdict may rest on a row's scores; empty where one may."""
    return _left_out(score, recipe) or _limited(score)


def _left_out(score: PipelineScore, recipe: RecipeTerms) -> str:
    """Why a row is shown without verdict and without rank; empty where it is not."""
    if score.state == "skipped":
        return f"{recipe.name} cannot run here: {score.reason}"
    if recipe.disqualified:
        return f"{recipe.name} is disqualified: {recipe.disqualified}"
    if recipe.oracle:
        return f"{recipe.name} is an oracle: it uses what nobody has downstream"
    if score.state == "incomplete":
        return f"{recipe.name} is not complete"
    return ""


def _limited(score: PipelineScore) -> str:
    """Why a row gets no verdict, and a rank that nobody is significantly apart from."""
    if score.sweep_limited:
        return f"{score.recipe} is sweep-limited: its best trade-off lies at an end of the values swept"
    return ""


def _contrasts(terms: BoardTerms, scores: Sequence[PipelineScore], bars: dict[str, str]) -> dict[str, Contrast]:
    rows = [score for score in scores if score.recipe != terms.reference]
    differences = {score.recipe: score.whole.by_seed(JUDGED) for score in rows}
    barred = {row: reason for row in differences if (reason := bars[terms.reference] or bars[row])}
    if terms.primary == terms.reference:
        return {row: untested(values, NO_PRIMARY) for row, values in differences.items()}
    return judge_contrasts(
        differences, terms.primary, added=_added(terms), family=terms.family, pipelines=terms.sharing, barred=barred
    )


def _added(terms: BoardTerms) -> list[str]:
    return [recipe.name for recipe in terms.recipes if recipe.source]


def _unranked(terms: BoardTerms, left_out: dict[str, str]) -> dict[str, str]:
    """Why a row holds no place, by row; empty where it holds one."""
    if terms.primary == terms.reference:
        return dict.fromkeys(left_out, NO_PRIMARY)
    if len(terms.seeds) == 1:
        return dict.fromkeys(left_out, "one seed gives no rank")
    full = beyond_family(left_out.keys() - {terms.reference}, _added(terms), terms.family)
    reasons = left_out | dict.fromkeys(full, "the benchmark's family of contrasts is full")
    without = reasons[terms.reference] or reasons[terms.primary]
    return {row: reason or (f"no ranks: {without}" if without else "") for row, reason in reasons.items()}


def _ranks(terms: BoardTerms, scores: Sequence[PipelineScore], bars: dict[str, str]) -> dict[str, RankRange | None]:
    if not scores:
        return {}
    values = {score.recipe: score.whole.by_seed("hypervolume") for score in scores}
    barred = [row for row in values if bars[row]]
    return rank_ranges(
        values,
        primary=terms.primary,
        reference=terms.reference,
        family=terms.family,
        pipelines=terms.sharing,
        barred=barred,
    )
