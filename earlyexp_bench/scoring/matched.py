"""Matched loss: the retained loss when fine-tuning has reached a level of downstream loss, mean over the levels.

Columns of a curve are (downstream, retained), nats per token, in the order of the stage-3 rates, gentlest first. Losses
above the nadir count as the nadir at each run, before runs are joined by straight lines; the first crossing counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

Points = Sequence[tuple[float, float]]
Levels = tuple[float, float, float]
How = Literal["crossed", "clamped", "not reached", "failed"]
SHARES = (0.25, 0.5, 0.75)  # of the way from immediate loss to nadir


@dataclass(frozen=True, slots=True)
class LevelLoss:
    """What a curve says of one level.

    Attributes:
        level: Downstream loss.
        retained: Retained loss there.
        how: ``clamped``: the gentlest rate has already learned more than the level, and its loss counts. ``not
            reached``: no rate learns as much, and the nadir counts. ``failed``: a run without finite losses comes
            before the crossing, and the nadir counts.
    """

    level: float
    retained: float
    how: How = "crossed"

    @property
    def clamped(self) -> bool:
        """Whether the gentlest rate has already learned more."""
        return self.how == "clamped"

    @property
    def not_reached(self) -> bool:
        """Whether no rate learns as much, though all ran."""
        return self.how == "not reached"


@dataclass(frozen=True, slots=True)
class MatchedLoss:
    """What one curve retains at equal downstream loss; ``levels`` are as given, falling."""

    levels: tuple[LevelLoss, ...]

    @property
    def nats(self) -> float:
        """Mean over the levels."""
        return float(np.mean([level.retained for level in self.levels]))


class Setting(NamedTuple):
    """One stage-2 setting of a seed: its curve on either split."""

    validation: Points
    test: Points


def matched_loss(points: Points, levels: Sequence[float], nadir: float, *, capped: bool = True) -> MatchedLoss:
    """Return the retained loss of one curve at each level.

    Args:
        points: (downstream, retained), gentlest rate first; a run without finite losses is (∞, ∞) or NaN.
        levels: Downstream losses, falling.
        nadir: Unigram cross-entropy of the target on the same split.
        capped: Whether a run that retains less than the nadir counts as the nadir; False only to show what it changes.

    Raises:
        ValueError: There is no point or no level, levels do not fall, or nadir or a level is not finite.
    """
    _check(points, levels, nadir)
    curve = [(x, min(y, nadir) if capped else y) for x, y in points]
    return MatchedLoss(tuple(_at(curve, level, nadir) for level in levels))


def best_matched_loss(
    settings: Sequence[Setting],
    levels: Sequence[float],
    nadir: float,
    validation_nadir: float,
    *,
    capped: bool = True,
) -> MatchedLoss:
    """Return the matched loss of a seed with several stage-2 settings: at each level the lowest on validation, on test.

    Of settings that tie the one whose validation curve learns most is taken. One that does not cross on test counts the
    nadir there.

    Args:
        settings: In a fixed order.
        levels: The same numbers on both splits.
        nadir: Of the test split.
        validation_nadir: Of the validation split.
        capped: As for one curve.

    Raises:
        ValueError: As for one curve; or there is no setting.
    """
    if not settings:
        raise ValueError("a matched loss needs at least one stage-2 setting")
    seen = [matched_loss(one.validation, levels, validation_nadir, capped=capped).levels for one in settings]
    read = [matched_loss(one.test, levels, nadir, capped=capped).levels for one in settings]
    learned = [min((x for x, _ in one.validation if math.isfinite(x)), default=math.inf) for one in settings]
    chosen = [
        min(range(len(settings)), key=lambda s, at=at: (seen[s][at].retained, learned[s]))  # type: ignore[misc]
        for at in range(len(levels))
    ]
    return MatchedLoss(tuple(read[setting][at] for at, setting in enumerate(chosen)))


def mean_curve(curves: Sequence[Points], nadir: float) -> list[tuple[float, float]]:
    """Return the mean curve over the seeds: mean x and mean y of each rate, y capped at the nadir at each run.

    Args:
        curves: One a seed, of the same rates in the same order.
        nadir: Unigram cross-entropy of the target on the same split.

    Raises:
        ValueError: There is no curve, they have unequal numbers of rates, or a loss is not finite.
    """
    if not curves or len({len(curve) for curve in curves}) > 1:
        raise ValueError(f"a mean curve needs curves of equally many rates, not {[len(curve) for curve in curves]}")
    losses = np.asarray(curves, dtype=np.float64)
    if not np.isfinite(losses).all():
        raise ValueError("a mean curve needs finite losses: leave out a seed in which a run diverged")
    means = np.stack([losses[..., 0], np.minimum(losses[..., 1], nadir)], axis=-1).mean(axis=0)
    return [(float(x), float(y)) for x, y in means]


def frozen_levels(mean_points: Points, immediate: float, nadir: float) -> Levels:
    """Return the downstream losses at which a mean curve has gone ¼, ½ and ¾ of the way from immediate loss to nadir.

    Args:
        mean_points: The baseline's, as ``mean_curve`` gives them.
        immediate: Its mean immediate loss, where the way begins.
        nadir: Where the way ends.

    Raises:
        ValueError: The immediate loss is not below the nadir, the rates do not bracket a share of the way, or more of
            the way does not go with a lower downstream loss.
    """
    if not immediate < nadir:
        raise ValueError(f"the immediate loss {immediate:.3f} is not below the nadir {nadir:.3f}: nothing was acquired")
    first, second, third = (_level(mean_points, immediate + share * (nadir - immediate), share) for share in SHARES)
    if not first > second > third:
        raise ValueError(f"levels must fall, and the mean curve gives {first:.3f}, {second:.3f}, {third:.3f}")
    return first, second, third


def _check(points: Points, levels: Sequence[float], nadir: float) -> None:
    if not len(points) or not len(levels):
        raise ValueError(f"a matched loss needs points and levels, not {len(points)} and {len(levels)} of them")
    if not np.isfinite([*levels, nadir]).all():
        raise ValueError(f"levels and nadir must be finite, not {list(levels)} and {nadir}")
    if any(second >= first for first, second in pairwise(levels)):
        raise ValueError(f"levels must fall, from the gentlest on, not {list(levels)}")


def _at(curve: Points, level: float, nadir: float) -> LevelLoss:
    """The first crossing of a curve whose losses are capped."""
    if not _ran(curve[0]):
        return LevelLoss(level, nadir, "failed")
    if curve[0][0] <= level:
        return LevelLoss(level, curve[0][1], "clamped" if curve[0][0] < level else "crossed")
    for start, end in pairwise(curve):
        if not _ran(end):
            return LevelLoss(level, nadir, "failed")
        if end[0] <= level:
            share = (start[0] - level) / (start[0] - end[0])
            return LevelLoss(level, (1 - share) * start[1] + share * end[1])
    return LevelLoss(level, nadir, "not reached")


def _ran(point: tuple[float, float]) -> bool:
    return math.isfinite(point[0]) and math.isfinite(point[1])


def _level(curve: Points, loss: float, share: float) -> float:
    """The downstream loss at which a curve first has a retained loss, coming from below."""
    if curve[0][1] > loss:
        raise ValueError(
            f"the reference's retained loss at its gentlest rate is {curve[0][1]:.3f}, above the {loss:.3f} that "
            f"is {share:g} of the way to the nadir: levels need gentler rates"
        )
    for start, end in pairwise(curve):
        if end[1] >= loss > start[1]:
            return start[0] + (loss - start[1]) / (end[1] - start[1]) * (end[0] - start[0])
    if curve[0][1] == loss:
        return curve[0][0]
    raise ValueError(
        f"no rate takes the reference's retained loss to the {loss:.3f} that is {share:g} of the way to the nadir: "
        "levels need larger rates"
    )
