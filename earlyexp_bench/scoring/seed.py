"""The cells of one seed of a row: what every score is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from earlyexp_bench.scoring.cells import RAN, CellResult, PipelineTerms
from earlyexp_bench.scoring.curves import losses_of
from earlyexp_bench.scoring.fronts import choose_points
from earlyexp_bench.scoring.plane import Floats


@dataclass(frozen=True)
class SeedCells:
    """One seed of one recipe on one pipeline, of which every cell ran.

    Attributes:
        cells: In the order of their sweep.
        terms: Units of the axes.
        sweep_size: Points of a front.
        reference: The reference of the same seed; None where there is nothing to compare with.
    """

    cells: Sequence[CellResult]
    terms: PipelineTerms
    sweep_size: int
    reference: "SeedCells | None" = None

    @property
    def done(self) -> list[CellResult]:
        """Cells that have losses."""
        return [cell for cell in self.cells if cell.status == "done"]

    @property
    def ran(self) -> list[CellResult]:
        """Cells whose training came to an end, good or bad."""
        return [cell for cell in self.cells if cell.status in RAN]

    @cached_property
    def front(self) -> Floats:
        """Test losses (downstream, retained) of at most ``sweep_size`` points chosen on validation, shape (n, 2)."""
        _, validation = self.terms.scales
        chosen = choose_points(losses_of(self.done, "validation"), self.sweep_size, validation.nadir)
        return losses_of(self.done, "test")[chosen]
