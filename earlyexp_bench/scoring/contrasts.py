"""Which rows are better or worse than the reference.

A board spends 5% in all, in equal parts on its pipelines: on one of p, α = 5%/p. There the primary contrast is tested
first, two-sided at α. Only if it is significant, in either direction, are the others tested, by Holm at α over a family
of fixed size (a serial gatekeeper: Westfall and Krishen 2001, J. Statist. Plann. Inference 99:25–40). So the chance of
any false "better" or "worse" on the board is at most 5%, whatever rows and pipelines share, as far as the t tests are
exact (normal noise).

A family of m contrasts has m − 1 places after the primary. The benchmark's own rows share theirs by Holm; every row
that comes later has α / (m − 1) for itself. Hence a new row never changes an old verdict, which Holm over all rows
would do: each rejection there eases the tests after it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earlyexp_bench.scoring.holm import ALPHA, holm
from earlyexp_bench.scoring.power import detectable_difference
from earlyexp_bench.scoring.statistics import Estimate, t_interval, t_test
from earlyexp_bench.scoring.student import ROUNDING

LEAST_FAMILY = 8
LEAST_SEEDS = 5  # for any verdict but the primary contrast's
Values = Mapping[str, Sequence[float]]
Word = Literal["better", "worse", "undecided", "none"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One row against the reference.

    Attributes:
        word: ``none`` where no verdict is given.
        marginal: 95% interval of this row alone.
        simultaneous: Bonferroni's interval: those of the families of all pipelines cover at once with 95% (Dunn 1961,
            doi:10.1080/01621459.1961.10482090). Wider than the test, so it may reach 0 under a verdict. None for a row
            beyond the family.
        p_value: Two-sided, of this row alone; None with one seed.
        adjusted: For the pipelines, the gate and the family; the verdict compares it with 5%. None where none is given.
        detectable: Smallest true difference found with 80% power at the first step of Holm (the primary: at α), if the
            spread were the observed one. None for a row beyond the family.
        reason: Why there is no verdict, or why the gate is closed.
    """

    word: Word
    marginal: Estimate | None
    simultaneous: Estimate | None
    p_value: float | None
    adjusted: float | None
    detectable: float | None
    reason: str = ""


def judge_contrasts(
    differences: Values,
    primary: str,
    *,
    added: Sequence[str] = (),
    family: int = LEAST_FAMILY,
    pipelines: int = 1,
    barred: Mapping[str, str] | None = None,
) -> dict[str, Contrast]:
    """Judge every row of one pipeline by its own per-seed differences to the reference.

    Args:
        differences: By row, higher is better, the same seeds in every row; empty where the row has none (yet). Every
            row of the benchmark is listed, for an unfinished one keeps its place in the family.
        primary: Row of the primary contrast.
        added: Rows that are not the benchmark's own, in order of arrival. Beyond the family they get no verdict.
        family: Contrasts of a pipeline, the primary among them; fixed per version of the benchmark.
        pipelines: Of the board, which share the 5%; fixed per version too.
        barred: Why a row gets no verdict although it has differences, e.g. that its sweep is limited.

    Raises:
        ValueError: Unknown row, unequal seeds, a family below 8 or too small for the benchmark's own rows, no pipeline.
    """
    barred = barred or {}
    alpha = share_of(pipelines)
    _check_rows(differences, (primary, *added, *barred))
    _check_family(differences, primary, added, family)
    beyond = beyond_family(differences, added, family)
    reasons = {**_reasons(differences, primary, beyond), **barred}
    p_values = {row: 1.0 if row in reasons else t_test(values) for row, values in differences.items()}
    adjusted = {row: min(1.0, p * pipelines) for row, p in _adjusted(p_values, primary, added, family).items()}
    gate = _gate(adjusted[primary], primary in reasons)
    return {
        row: untested(values, reasons[row])
        if row in beyond
        else _contrast(
            values,
            reasons.get(row, ""),
            None if row in reasons else adjusted[row],
            alpha if row == primary else alpha / (family - 1),
            alpha / family,
            "" if row == primary else gate,
        )
        for row, values in differences.items()
    }


def untested(values: Sequence[float], reason: str) -> Contrast:
    """Return a row that no test will ever be made of: what its own values say, and the reason."""
    return Contrast("none", t_interval(values) if values else None, None, _p_value(values), None, None, reason)


def share_of(pipelines: int) -> float:
    """Return α, what a pipeline may spend of the board's 5%.

    Raises:
        ValueError: Fewer than one pipeline.
    """
    if pipelines < 1:
        raise ValueError(f"a board has at least one pipeline, not {pipelines}")
    return ALPHA / pipelines


def beyond_family(rows: Collection[str], added: Sequence[str], family: int) -> frozenset[str]:
    """Rows that find no place: the last to arrive of those that are not the benchmark's own.

    Args:
        rows: Every row but the reference.
        added: Those that are not the benchmark's own, in order of arrival.
        family: Places, the primary's among them.
    """
    return frozenset(added[max(0, family - (len(rows) - len(added))) :])


def _gate(adjusted: float, barred: bool) -> str:
    """Why the rows after the primary contrast are not tested; empty where they are."""
    if adjusted < ALPHA:
        return ""
    return f"not tested: the primary contrast {'has no verdict' if barred else 'is undecided'}"


def _check_rows(differences: Values, named: Sequence[str]) -> None:
    for row in named:
        if row not in differences:
            raise ValueError(f"{row!r} is not among the rows {', '.join(differences)}")
    counts = {row: len(values) for row, values in differences.items() if len(values)}
    if len(set(counts.values())) > 1:
        raise ValueError(f"rows of unequal seeds: {', '.join(f'{row} {n}' for row, n in counts.items())}")


def _check_family(differences: Values, primary: str, added: Sequence[str], family: int) -> None:
    if primary in added:
        raise ValueError(f"the primary contrast {primary!r} must be one of the benchmark's own rows")
    own = len(differences) - len(added)
    if family < max(LEAST_FAMILY, own):
        raise ValueError(
            f"a family of {family} contrasts must be at least {LEAST_FAMILY} and hold the {own} of the board"
        )


def _reasons(differences: Values, primary: str, beyond: Collection[str]) -> dict[str, str]:
    reasons = {row: _reason(values, row == primary, row in beyond) for row, values in differences.items()}
    return {row: reason for row, reason in reasons.items() if reason}


def _reason(values: Sequence[float], primary: bool, beyond: bool) -> str:
    seeds = len(values)
    if seeds == 0:
        return "no differences to the reference"
    if seeds == 1:
        return "one seed gives no interval"
    if seeds < LEAST_SEEDS and not primary:
        return f"{seeds} seeds: below {LEAST_SEEDS} only the primary contrast gets a verdict"
    if np.isfinite(values).all() and abs(values[0]) > ROUNDING and np.std(values, ddof=1) <= ROUNDING:
        return "the difference is the same for every seed: nothing says how far chance moves it"
    return "the benchmark's family of contrasts is full: a verdict needs a new version" if beyond else ""


def _adjusted(p_values: Mapping[str, float], primary: str, added: Sequence[str], family: int) -> dict[str, float]:
    places = family - 1
    own = [row for row in p_values if row != primary and row not in added]
    adjusted = dict(zip(own, holm([p_values[row] for row in own], places), strict=True))
    adjusted |= {row: holm([p_values[row]], places)[0] for row in added}
    return {row: max(p_values[primary], adjusted.get(row, 0.0)) for row in p_values}


def _contrast(
    values: Sequence[float], reason: str, adjusted: float | None, first_step: float, at_once: float, closed: str
) -> Contrast:
    if not values:
        return untested(values, reason)
    marginal = t_interval(values)
    word: Word = "none" if adjusted is None else _word(marginal.mean, adjusted)
    if word == "undecided":
        reason = closed
    simultaneous, detectable = t_interval(values, 1 - at_once), detectable_difference(values, first_step)
    return Contrast(word, marginal, simultaneous, _p_value(values), adjusted, detectable, reason)


def _p_value(values: Sequence[float]) -> float | None:
    return t_test(values) if len(values) > 1 else None


def _word(mean: float, adjusted: float) -> Word:
    if adjusted >= ALPHA:
        return "undecided"
    return "better" if mean > 0 else "worse"
