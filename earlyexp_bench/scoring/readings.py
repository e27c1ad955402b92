"""How a matched loss is read: as the protocol states it, and in the other ways that a sensitivity table shows."""

from collections.abc import Sequence
from dataclasses import dataclass

SHIFT = 0.15  # nats


@dataclass(frozen=True, slots=True)
class Reading:
    """One way.

    Attributes:
        name: Score that its gain is.
        title: In words.
        capped: Whether a loss above the nadir counts as the nadir.
        shift: Added to every level, in nats.
        middle: Whether the middle level alone counts.
    """

    name: str
    title: str
    capped: bool = True
    shift: float = 0.0
    middle: bool = False

    def of(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return the levels that it reads."""
        read = levels[1:2] if self.middle else levels
        return tuple(level + self.shift for level in read)


STATED = Reading("gain", "as stated")
OTHER_READINGS = (
    Reading("gain_middle", "middle level only", middle=True),
    Reading("gain_uncapped", "uncapped", capped=False),
    Reading("gain_lower", f"levels − {SHIFT:.2f}", shift=-SHIFT),
    Reading("gain_higher", f"levels + {SHIFT:.2f}", shift=SHIFT),
)
