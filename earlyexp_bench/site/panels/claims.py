"""The paper's claims: tests and estimates, and the curves over λ that some are about."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, CellResult, ClaimResult
from earlyexp_bench.site.charts import Spec
from earlyexp_bench.site.claims import panel as listed
from earlyexp_bench.site.curves import curves_of, lambda_curve, studies
from earlyexp_bench.site.panels import Panel


def panel(board: Board, cells: Sequence[CellResult], claims: Sequence[ClaimResult]) -> Panel | None:
    """Show every claim, with the plots of each study of λ."""
    if not claims:
        return None
    charts: dict[str, Spec] = {}
    titles = []
    for index, terms in enumerate(studies(board)):
        curves = {f"study-{index}-{curve.when}": curve for curve in curves_of(board, terms)}
        charts |= {name: lambda_curve(curve) for name, curve in curves.items()}
        titles.append([(curve.title, name) for name, curve in curves.items()])
    return Panel("The paper's claims", {"claims": listed(claims), "studies": titles}, charts)
