"""Averages of weights: WiSE-FT between start and end, EMA along the way."""

from pydantic import Field, field_validator

from earlyexp_bench.contracts import CellContext, Cost, MethodDefinition, PlannedStage
from earlyexp_mitigations.common import ADAPTERS, TUNING, Params, later


class WiseFTParams(Params):
    """Parameters of `wise-ft`."""

    alphas: tuple[float, ...] = Field(
        default=(0.0, 0.25, 0.5, 0.75, 1.0),
        min_length=1,
        description="Shares of the trained weights: 0 is the stage's start, 1 its end, 0.5 the paper's advice.",
    )

    @field_validator("alphas")
    @classmethod
    def _shares(cls, alphas: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 <= alpha <= 1 for alpha in alphas):
            raise ValueError(f"alphas are shares from 0 to 1, not {list(alphas)}")
        if len({output_name(alpha) for alpha in alphas}) < len(alphas):
            raise ValueError(f"alphas repeat or differ beyond the sixth digit: {list(alphas)}")
        return alphas


class WiseFT(MethodDefinition[WiseFTParams]):
    """Several checkpoints of one run."""

    name = "wise-ft"
    version = "1"
    stages = TUNING
    Params = WiseFTParams
    implementation = "earlyexp_mitigations._wise_ft:WiseFT"
    description = "Yields (1 − α) · start + α · end of the stage for a grid of α, from one run."
    reference = "Wortsman et al. 2022, arXiv 2109.01903"

    def cost(self, params: WiseFTParams, planned: PlannedStage) -> Cost:
        """Declare the copy of the starting weights."""
        return Cost(stored_bytes_per_parameter=4.0)

    def outputs(self, params: WiseFTParams) -> tuple[str, ...]:
        """Return ``alpha=…`` for each share."""
        return tuple(output_name(alpha) for alpha in params.alphas)


class EMAParams(Params):
    """Parameters of `ema`."""

    decay: float = Field(
        default=0.999,
        ge=0,
        lt=1,
        description="Largest weight of the old average; step t has min(it, (1 + t)/(10 + t)).",
    )


class EMA(MethodDefinition[EMAParams]):
    """Exponential moving average of the weights."""

    name = "ema"
    version = "1"
    Params = EMAParams
    implementation = "earlyexp_mitigations._ema:EMA"
    description = "Ends the stage with an exponential moving average of the weights in place of the last ones."
    reference = "Morales-Brotons, Vogels and Hendrikx 2024, arXiv 2411.18704; Polyak and Juditsky 1992"

    def cost(self, params: EMAParams, planned: PlannedStage) -> Cost:
        """Declare the average."""
        return Cost(stored_bytes_per_parameter=4.0)

    def incompatible(self, params: EMAParams, cell: CellContext) -> str | None:
        """Tell that adapters listed later are merged before the average could be put in."""
        found = later(cell, "mitigations/ema", ADAPTERS)
        return f"it must be listed after {' and '.join(found)}, whose adapters it averages" if found else None


def output_name(alpha: float) -> str:
    """Name the checkpoint of a share."""
    return f"alpha={alpha:g}"
