"""Numbers as a reader wants them, on the page, in pictures and on the terminal: few digits, intervals in brackets."""

import re
from collections.abc import Callable

from earlyexp_bench.contracts.quantity import short_amount
from earlyexp_bench.scoring import Estimate

DASH = "–"
_OF_OPERATIONS = {"": 1} | {unit: 10 ** (3 * power) for power, unit in enumerate("KMGTPE", start=1)}


def signed(value: float, digits: int = 3) -> str:
    """``+0.083`` or ``−0.083``; never ``−0.000``."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def plain(value: float, digits: int = 2) -> str:
    """``2.70`` or ``−2.70``."""
    return f"{value:.{digits}f}".replace("-", "−")


def ascii_signed(value: float) -> str:
    """``+0.083`` or ``-0.083``, as terminals and programs read it."""
    return f"{value:+.3f}"


def interval(estimate: Estimate | None, write: Callable[[float], str] = signed, form: str = "[{}, {}]") -> str:
    """``[+0.051, +0.115]``; empty with one seed.

    Args:
        estimate: Mean and interval.
        write: How a number is written.
        form: What stands around the ends.
    """
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return form.format(write(estimate.low), write(estimate.high))


def with_interval(estimate: Estimate | None, write: Callable[[float], str] = signed, alone: str = "") -> str:
    """``+0.083 [+0.051, +0.115]``; a dash where there is no estimate, ``alone`` behind the mean of one seed."""
    if estimate is None:
        return DASH
    brackets = interval(estimate, write)
    return f"{write(estimate.mean)} {brackets}" if brackets else f"{write(estimate.mean)}{alone}"


def in_words(estimate: Estimate | None) -> str:
    """``+0.083 (95% interval +0.051 to +0.115, 5 seeds)``."""
    if estimate is None:
        return "unknown"
    ends = interval(estimate, form="95% interval {} to {}")
    return f"{signed(estimate.mean)} ({f'{ends}, {estimate.n} seeds' if ends else 'one seed'})"


def board_wide(estimate: Estimate | None) -> str:
    """``board-wide interval +0.051 to +0.115, 5 seeds``."""
    between = interval(estimate, form="board-wide interval {} to {}")
    return f"{between}, {estimate.n} seeds" if estimate and between else "no interval"


def ends(estimate: Estimate) -> tuple[float, float]:
    """Both ends of the interval; with one seed the mean."""
    if estimate.low is None or estimate.high is None:
        return estimate.mean, estimate.mean
    return estimate.low, estimate.high


def percent(share: float) -> str:
    """``41.3%``."""
    return f"{plain(100 * share, 1)}%"


def points(difference: float) -> str:
    """A difference of shares in percentage points, without the unit: ``+1.3``."""
    return signed(100 * difference, 1)


def operations(value: float) -> str:
    """Floating-point operations in three digits and a unit of the SI: ``1.75T``."""
    return short_amount(value, units=_OF_OPERATIONS)


def sweep_text(sweep: dict[str, float], output: str = "final") -> str:
    """A sweep point in words: ``rate 3e-4``, with the stage where it is not the third."""
    parts = []
    for name, value in sorted(sweep.items()):
        stage, _, field = name.partition(".")
        is_rate = field == "learning_rate"
        said = f"rate {rate(value)}" if is_rate else f"{field.replace('_', ' ')} {short(value)}"
        parts.append(said if stage == "finetuning" else f"stage 2 {said}")
    return ", ".join([*parts, *([] if output == "final" else [output])])


def rate(value: float) -> str:
    """``1.2e-2``: a learning rate, written alike in every place and of every size below 1."""
    return _exponential(value) if 0 < value < 1 else f"{value:g}"


def retold(sentence: str) -> str:
    """A sentence of the files as the page writes numbers: rates by ``rate``, a true minus sign."""
    rates = re.sub(r"(?<=rate )\d[\d.]*(?:e-?\d+)?", lambda match: rate(float(match[0])), sentence)
    return re.sub(r"(?<![\w.])-(?=\d)", "−", rates)


def short(value: float) -> str:
    """``3e-4`` where others print ``0.0003``."""
    if value and not 1e-2 <= abs(value) < 1e5:
        return _exponential(value)
    return f"{value:g}"


def _exponential(value: float) -> str:
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
