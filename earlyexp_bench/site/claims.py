"""The paper's claims for readers: as JSON, and as the rows of a panel."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from earlyexp_bench.scoring import Board, ClaimResult, ClaimVerdict
from earlyexp_bench.site.numbers import retold
from earlyexp_bench.site.wording import listed

CLAIMS_SCHEMA = 1
ORDER = ("supported", "contradicted", "undecided")
Said = list[tuple[str, str]]  # (verdict, " on this pipeline and that")


def claims_dict(board: Board, claims: Sequence[ClaimResult]) -> dict[str, Any]:
    """Return verdicts as JSON values, with ``schema_version`` and ``metric_version`` on top."""
    return {
        "schema_version": CLAIMS_SCHEMA,
        "metric_version": board.terms.metric_version,
        "benchmark": board.name,
        "claims": [_as_json(claim) for claim in claims],
    }


def _as_json(claim: ClaimResult) -> dict[str, Any]:
    """A claim's verdicts, without what is for the page alone."""
    said = asdict(replace(claim, curves=()))
    return {name: value for name, value in said.items() if name not in ("curves", "note")}


def panel(claims: Sequence[ClaimResult]) -> list[tuple[str, str, list[tuple[str, list[tuple[str, ClaimVerdict]]]]]]:
    """Claims with their statement, each with its readings, each with its outcomes by pipeline."""
    found: dict[tuple[str, str], list[tuple[str, list[tuple[str, ClaimVerdict]]]]] = {}
    for claim in claims:
        outcomes = [(name, replace(one, reason=retold(one.reason))) for name, one in claim.outcomes.items()]
        found.setdefault((claim.claim, claim.statement), []).append((retold(claim.reading), outcomes))
    return [(name, statement, readings) for (name, statement), readings in found.items()]


def answers(claims: Sequence[ClaimResult]) -> list[tuple[str, list[tuple[str, Said]]]]:
    """One line a claim: what it says, and for each of its readings the verdicts with the pipelines that have them.

    A reading is named only where the claim has several.
    """
    return [
        (
            f"{name} {statement[:1].lower()}{statement[1:]}",
            [(reading if len(readings) > 1 else "", _said(outcomes)) for reading, outcomes in readings],
        )
        for name, statement, readings in panel(claims)
    ]


def _said(outcomes: list[tuple[str, ClaimVerdict]]) -> Said:
    found: dict[str, list[str]] = {}
    for pipeline, outcome in outcomes:
        found.setdefault(outcome.word, []).append(pipeline)
    everywhere = f" on all {len(outcomes)} pipelines" if len(outcomes) > 2 and len(found) == 1 else ""
    return [(word, everywhere or f" on {listed(found[word])}") for word in ORDER if word in found]
