"""The paper's claims for readers: as JSON, and as the rows of a panel."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from earlyexp_bench.scoring import Board, ClaimResult, Outcome

CLAIMS_SCHEMA = 1


def claims_dict(board: Board, claims: Sequence[ClaimResult]) -> dict[str, Any]:
    """Return verdicts as JSON values, with ``schema_version`` and ``metric_version`` on top."""
    return {
        "schema_version": CLAIMS_SCHEMA,
        "metric_version": board.terms.metric_version,
        "benchmark": board.name,
        "claims": [asdict(claim) for claim in claims],
    }


def panel(claims: Sequence[ClaimResult]) -> list[tuple[str, str, list[tuple[str, list[tuple[str, Outcome]]]]]]:
    """Claims with their statement, each with its readings, each with its outcomes by pipeline."""
    found: dict[tuple[str, str], list[tuple[str, list[tuple[str, Outcome]]]]] = {}
    for claim in claims:
        found.setdefault((claim.claim, claim.statement), []).append((claim.reading, list(claim.outcomes.items())))
    return [(name, statement, readings) for (name, statement), readings in found.items()]
