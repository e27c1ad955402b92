"""How many sequences tokens are, and a share of them: one rule for the plan that checks and the stage that trains."""

import math


def sequence_count(tokens: int, context: int) -> int:
    """Sequences that so many tokens are packed into, the last one perhaps short."""
    return -(-tokens // context)


def share(count: int, fraction: float) -> int:
    """Sequences in a share of ``count``: nested in the fraction, and 0 and 1 are exact."""
    return math.floor(fraction * count + 0.5)
