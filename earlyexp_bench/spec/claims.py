"""The claims that a benchmark states, as far as plugins here know them."""

from collections.abc import Sequence
from typing import Any

from earlyexp_bench.contracts.params import dump_params
from earlyexp_bench.hooks import registry
from earlyexp_bench.spec.models import ClaimUse


def claim_in_protocol(use: ClaimUse) -> dict[str, Any]:
    """Return what a protocol's hash holds of a claim: its parameters by field name, defaults left out.

    As written, where its plugin is not installed or does not take them, which `plan` refuses.
    """
    try:
        params = registry().claim(use.claim).definition.Params.model_validate(use.params, extra="forbid")
        return {"claim": use.claim, **dump_params(params)}
    except Exception:  # noqa: BLE001 - an author's validators may raise anything
        return use.model_dump(mode="json")


def unknown_claims(uses: Sequence[ClaimUse]) -> list[str]:
    """Return the claims that no plugin here brings; with one of them a protocol's hash is of what is written."""
    return [use.claim for use in uses if not registry().has("claim", use.claim)]
