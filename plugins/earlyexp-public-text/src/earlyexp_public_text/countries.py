"""Which country of the World Factbook serves which purpose. The only place that decides it.

A country's facts in the general corpus would expose a model to the instruction domain before it is taught, so every
country is wholly in one role. ``earlyexp-instruct`` asks here as well.
"""

import hashlib
from typing import Literal

CountryRole = Literal["general", "instruction-train", "instruction-validation", "instruction-test"]

_SHARES: tuple[tuple[CountryRole, float], ...] = (
    ("instruction-test", 0.06),
    ("instruction-validation", 0.06),
    ("instruction-train", 0.38),
    ("general", 0.50),
)


def country_role(code: str) -> CountryRole:
    """Return the role of the country with this two-letter Factbook code, drawn by hash: half of all are general."""
    number = int.from_bytes(hashlib.sha256(f"factbook\x1f{code}".encode()).digest()[:8], "big") / 2**64
    for role, share in _SHARES:
        if number < share:
            return role
        number -= share
    return "general"
