"""How well a design measures, from tuning seeds: spread of gains, levels, rates; never a mean gain or a gap.

Whoever tunes must not choose the answer. So of the primary recipe only the spread of its gains is told, and of other
recipes only where their rates lie. All losses are nats per token.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from earlyexp_bench.scoring.cells import CURVE, BoardTerms, CellResult, PipelineTerms, Scales
from earlyexp_bench.scoring.curves import curve_losses, curves_in
from earlyexp_bench.scoring.group import Group, Pair, group_cells
from earlyexp_bench.scoring.levels import MOST, with_levels
from earlyexp_bench.scoring.matched import Levels
from earlyexp_bench.scoring.seed import SeedCells

SPLITS = ("validation", "test")
# Nats below the unigram loss that the immediate loss must lie: where nothing was acquired nothing can be retained.
CLEARANCE = 0.5
REACH = range(-4, 5)  # powers of two that are tried as a scale of rates


@dataclass(frozen=True, slots=True)
class Brackets:
    """Where the rates of stage 3 lie about the levels, over seeds and splits.

    Attributes:
        levels: Downstream losses, falling.
        clamped: By level, the share of curves whose gentlest rate has already learned more.
        not_reached: By level, the share of curves of which no rate learns as much.
        rates: The gentlest and the largest rate that are needed to bracket every level that can be.
    """

    levels: Levels
    clamped: tuple[float, ...]
    not_reached: tuple[float, ...]
    rates: tuple[float, float] | None

    @property
    def whole(self) -> bool:
        """Whether every level of every curve is bracketed."""
        return not any((*self.clamped, *self.not_reached))


@dataclass(frozen=True, slots=True)
class BaselineLosses:
    """What the baseline came to on validation, mean over seeds, beside what n-grams of the train split do there.

    Attributes:
        pretraining: General loss after stage 3 at its gentlest rate, the nearest to that of stage 1 on record.
        immediate: Target loss after stage 2, of the setting with the lowest.
        immediate_by_setting: The same of every setting that is swept, in words.
        downstream: Lowest downstream loss of the sweep.
        unigram: Target loss of a unigram model, the nadir.
        bigram: Target loss of a bigram model.
        downstream_bigram: Downstream loss of a bigram model.
    """

    pretraining: float | None
    immediate: float
    immediate_by_setting: dict[str, float]
    downstream: float
    unigram: float
    bigram: float
    downstream_bigram: float

    @property
    def shortfalls(self) -> list[str]:
        """What is not as it must be, in words."""
        said = {
            f"immediate loss {self.immediate:.3f} is not below a bigram model's {self.bigram:.3f}": self.immediate
            >= self.bigram,
            f"downstream loss {self.downstream:.3f} is not below a bigram model's {self.downstream_bigram:.3f}": (
                self.downstream >= self.downstream_bigram
            ),
            f"immediate loss {self.immediate:.3f} lies less than {CLEARANCE} below the unigram loss "
            f"{self.unigram:.3f}": self.immediate > self.unigram - CLEARANCE,
        }
        return [text for text, holds in said.items() if holds]


@dataclass(frozen=True, slots=True)
class PipelinePrecision:
    """How well one pipeline measures.

    Attributes:
        seeds: Seeds of which every cell of both recipes ran.
        sd: Standard deviation of their gains, primary − reference.
        noise: sd² / (unigram loss − immediate loss)² on test: what a figure of merit is made of.
        line: Levels from the baseline's mean curve over these seeds, for the benchmark's file.
        reason: Why there is no line or no spread; empty where there are both.
        brackets: Of the baseline, over seeds and both splits, at the levels that were used.
        losses: Of the baseline.
    """

    pipeline: str
    seeds: int
    sd: float | None
    noise: float | None
    line: Levels | None
    reason: str
    brackets: Brackets | None
    losses: BaselineLosses | None


@dataclass(frozen=True, slots=True)
class RecipeRates:
    """Where a recipe's rates of stage 3 lie about the levels: from its downstream losses on validation alone.

    Attributes:
        scale: That its rates have now.
        found: The power of two that they should have; None where nothing is known yet.
        brackets: By pipeline.
    """

    recipe: str
    scale: float
    found: float | None
    brackets: dict[str, Brackets]


@dataclass(frozen=True, slots=True)
class Precision:
    """How well a design measures.

    Attributes:
        pipelines: Each by itself.
        recipes: Rates of every recipe that ran.
        runs: Runs of stage 2 that could have converged, of reference and primary.
        not_converged: Those whose validation loss still fell at the end.
        tokens: Least and most target tokens that these runs trained on in stage 2.
    """

    pipelines: tuple[PipelinePrecision, ...]
    recipes: tuple[RecipeRates, ...]
    runs: int
    not_converged: int
    tokens: tuple[int, int] | None

    @property
    def noise(self) -> float | None:
        """Mean over the pipelines; None unless all have one."""
        values = [pipeline.noise for pipeline in self.pipelines if pipeline.noise is not None]
        return float(np.mean(values)) if len(values) == len(self.pipelines) else None


def precision_of(
    terms: BoardTerms, cells: Sequence[CellResult], scales: Mapping[str, float], *, own_levels: bool
) -> Precision:
    """Return how well a design measures.

    Args:
        terms: Of a board of tuning seeds.
        cells: Of the recipes that ran.
        scales: Recipe to the scale of its rates.
        own_levels: Read at levels from these cells, though the benchmark freezes some.
    """
    groups = group_cells(terms, cells)
    drawn = with_levels(replace(terms, pipelines=tuple(replace(one, levels=None) for one in terms.pipelines)), groups)
    used = drawn if own_levels else with_levels(terms, groups)
    both = [cell for cell in cells if cell.recipe in (terms.reference, terms.primary)]
    ran = {(cell.recipe, cell.pipeline, cell.seed, cell.curve): cell for cell in both if cell.converged is not None}
    tuned = [cell.ledger["posttrain"].get("target", 0) for cell in both if "posttrain" in cell.ledger]
    return Precision(
        pipelines=tuple(
            _pipeline(one, fresh, groups[terms.reference, one.name], groups[terms.primary, one.name])
            for one, fresh in zip(used.pipelines, drawn.pipelines, strict=True)
        ),
        recipes=tuple(_rates(name, scale, used, groups) for name, scale in scales.items()),
        runs=len(ran),
        not_converged=sum(not cell.converged for cell in ran.values()),
        tokens=(min(tuned), max(tuned)) if tuned else None,
    )


def _pipeline(terms: PipelineTerms, drawn: PipelineTerms, reference: Group, primary: Group) -> PipelinePrecision:
    gains = _gains(terms, reference, primary)
    sd = float(np.std(gains, ddof=1)) if len(gains) > 1 else None
    reason = drawn.levels_reason or terms.levels_reason
    immediate = _immediate(reference, "test")
    noise = None
    if sd is not None and terms.test is not None and immediate is not None:
        noise = sd**2 / (terms.test.retained.nadir - immediate) ** 2
    return PipelinePrecision(
        pipeline=terms.name,
        seeds=len(reference.whole & primary.whole),
        sd=sd,
        noise=noise,
        line=drawn.levels,
        reason=reason or ("a spread needs two seeds of which every cell ran" if sd is None else ""),
        brackets=_brackets(terms.levels, reference, SPLITS),
        losses=_losses(terms.validation, reference),
    )


def _gains(terms: PipelineTerms, reference: Group, primary: Group) -> list[float]:
    if terms.levels is None:
        return []
    gains = []
    for seed in sorted(reference.whole & primary.whole):
        theirs, ours = (SeedCells(group.ran(seed), terms, group.sweep_size).matched() for group in (reference, primary))
        if theirs is not None and ours is not None:
            gains.append(theirs.nats - ours.nats)
    return gains


def _curves(group: Group) -> list[list[CellResult]]:
    """The curves of the whole seeds, all settings and checkpoints."""
    return [curve for seed in sorted(group.whole) for curve in curves_in(group.ran(seed))]


def _learned(group: Group) -> list[list[CellResult]]:
    """Of every seed and setting the curve of the checkpoint that learns most on validation."""
    by_setting: dict[object, list[list[CellResult]]] = {}
    for curve in _curves(group):
        by_setting.setdefault((curve[0].seed, curve[0].curve[:-1]), []).append(curve)
    return [min(curves, key=lambda curve: min(_downstream(curve, "validation"))) for curves in by_setting.values()]


def _downstream(curve: Sequence[CellResult], split: str) -> list[float]:
    return [float(loss) for loss in curve_losses(curve, "downstream", split)[:, 0]]


def _immediate_by_setting(group: Group, split: str) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for curve in _curves(group):
        setting = ", ".join(f"{name} {value:g}" for name, value in curve[0].sweep_key if name != CURVE)
        for cell in curve:
            losses = getattr(cell, split)
            if losses is not None and losses.immediate is not None:
                found.setdefault(setting, []).append(losses.immediate)
    return {setting: float(np.mean(values)) for setting, values in found.items()}


def _immediate(group: Group, split: str) -> float | None:
    """Of the setting with the lowest on that split."""
    return min(_immediate_by_setting(group, split).values(), default=None)


def _losses(scales: Scales | None, reference: Group) -> BaselineLosses | None:
    by_setting = _immediate_by_setting(reference, "validation")
    if scales is None or not by_setting:
        return None
    gentlest = [curve[0].validation for curve in _curves(reference)]
    return BaselineLosses(
        pretraining=_mean(loss.pretraining for loss in gentlest if loss),
        immediate=min(by_setting.values()),
        immediate_by_setting=by_setting,
        downstream=min(_mean_downstream(reference)),
        unigram=scales.retained.nadir,
        bigram=scales.retained.ideal,
        downstream_bigram=scales.downstream.ideal,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _mean_downstream(group: Group) -> list[float]:
    """Mean downstream loss of every sweep point over the seeds."""
    by_point: dict[object, list[float | None]] = {}
    for cell in (cell for curve in _curves(group) for cell in curve):
        loss = cell.validation.downstream if cell.validation else None
        by_point.setdefault((cell.sweep_key, cell.output), []).append(loss)
    return [mean for losses in by_point.values() if (mean := _mean(losses)) is not None]


def _brackets(levels: Levels | None, group: Group, splits: Sequence[str]) -> Brackets | None:
    curves = _learned(group)
    if levels is None or not curves:
        return None
    rates = [cell.sweep[CURVE] for cell in curves[0]]
    read = [_downstream(curve, split) for curve in curves for split in splits]
    crossings = [[_crossing(losses, level) for level in levels] for losses in read]
    found = [at for curve in crossings for at in curve if math.isfinite(at)]
    return Brackets(
        levels=levels,
        clamped=tuple(float(np.mean([curve[at] == -math.inf for curve in crossings])) for at in range(len(levels))),
        not_reached=tuple(float(np.mean([curve[at] == math.inf for curve in crossings])) for at in range(len(levels))),
        rates=(rates[math.floor(min(found))], rates[math.ceil(max(found))]) if found else None,
    )


def _crossing(losses: Sequence[float], level: float) -> float:
    """Where, between the indices of two rates, a curve first comes down to a level; infinite where it does not."""
    if losses[0] < level:
        return -math.inf
    for at, (before, after) in enumerate(pairwise(losses)):
        if not (math.isfinite(before) and math.isfinite(after)):
            break
        if after <= level:
            return at + (before - level) / (before - after) if before > after else float(at)
    return math.inf if losses[0] != level else 0.0


def _rates(recipe: str, scale: float, terms: BoardTerms, groups: Mapping[Pair, Group]) -> RecipeRates:
    brackets = {one.name: _brackets(one.levels, groups[recipe, one.name], SPLITS[:1]) for one in terms.pipelines}
    known = {name: found for name, found in brackets.items() if found is not None}
    step = _step(terms, groups, recipe, known)
    return RecipeRates(recipe, scale, None if step is None else scale * 2.0**step, known)


def _step(terms: BoardTerms, groups: Mapping[Pair, Group], recipe: str, known: Mapping[str, Brackets]) -> int | None:
    """The power of two by which rates should move: none where few crossings lie outside, else what brings in most.

    Of what lies outside it is only known on which side, so that it counts as half a step away: tune again after a move.
    """
    if not known:
        return None
    if all(share <= MOST for found in known.values() for share in (*found.clamped, *found.not_reached)):
        return 0
    rates = sorted({point[CURVE] for point in terms.sweep})
    low, high = math.log2(rates[0]), math.log2(rates[-1])
    places = [
        _log_rate(_crossing(_downstream(curve, "validation"), level), rates)
        for name, found in known.items()
        for curve in _learned(groups[recipe, name])
        for level in found.levels
    ]
    return min(REACH, key=lambda step: (sum(not low <= at - step <= high for at in places), abs(step)))


def _log_rate(crossing: float, rates: Sequence[float]) -> float:
    logs = np.log2(rates)
    if math.isinf(crossing):
        return float(logs[0] - 0.5 if crossing < 0 else logs[-1] + 0.5)
    return float(np.interp(crossing, range(len(logs)), logs))
