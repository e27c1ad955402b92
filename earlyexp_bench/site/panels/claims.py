"""The paper's claims: tests and estimates, and the curves that some have to show."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import Spec
from earlyexp_bench.site.claims import panel as listed
from earlyexp_bench.site.curves import claim_curve, curve_title, studies
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show every claim, with its plots."""
    if not claims:
        return None
    charts: dict[str, Spec] = {}
    drawn = []
    for place, curves in enumerate(studies(claims)):
        named = {f"study-{place}-{index}": curve for index, curve in enumerate(curves)}
        charts |= {name: claim_curve(board, curve) for name, curve in named.items()}
        drawn.append([{"title": curve_title(curve), "x": curve.x, "chart": name} for name, curve in named.items()])
    notes = list(dict.fromkeys(claim.note for claim in claims if claim.note))
    return Panel("The paper's claims", {"claims": listed(claims), "studies": drawn, "notes": notes}, charts)
