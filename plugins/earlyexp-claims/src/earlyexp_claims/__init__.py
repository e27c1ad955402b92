"""The claims of Feng et al. (2026), arXiv 2605.12705, as a benchmark may state them."""

from collections.abc import Callable
from typing import Any

from earlyexp_bench.contracts import ClaimDefinition
from earlyexp_bench.hooks import hookimpl
from earlyexp_claims.additions import R0, R6, R5a, R5b
from earlyexp_claims.fronts import R4
from earlyexp_claims.shares import R1, R2, R3

CLAIMS: tuple[ClaimDefinition[Any], ...] = (R0(), R1(), R2(), R3(), R4(), R5a(), R5b(), R6())


@hookimpl
def register_claims(register: Callable[[ClaimDefinition[Any]], None]) -> None:
    """Register ``claims/R0`` and the others."""
    for claim in CLAIMS:
        register(claim)
