"""The cells of one seed of a row: what every score is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from earlyexp_bench.scoring.cells import RAN, CellResult, PipelineTerms
from earlyexp_bench.scoring.curves import curve_losses, curves_in, losses_of
from earlyexp_bench.scoring.fronts import choose_points
from earlyexp_bench.scoring.matched import MatchedLoss, Setting, best_matched_loss
from earlyexp_bench.scoring.plane import Floats
from earlyexp_bench.scoring.readings import STATED, Reading


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

    @cached_property
    def settings(self) -> list[Setting]:
        """Curves of (downstream, retained), one a stage-2 setting and checkpoint; a run that diverged is (∞, ∞)."""
        return [Setting(_curve(cells, "validation"), _curve(cells, "test")) for cells in curves_in(self.ran)]

    @property
    def tries(self) -> int:
        """Stage-2 settings that are different runs: where stage 2 is skipped all of them are one."""
        runs: dict[object, list[object]] = {}
        for cells in curves_in(self.ran):
            setting = tuple(item for item in cells[0].sweep_key if item[0].startswith("posttraining."))
            runs.setdefault(setting, []).append(tuple(_curve(cells, "validation")))
        return len({tuple(curves) for curves in runs.values()})

    def matched(self, reading: Reading = STATED) -> MatchedLoss | None:
        """Return the matched loss; None where the pipeline has no levels."""
        if self.terms.levels is None:
            return None
        test, validation = (scales.retained.nadir for scales in self.terms.scales)
        levels = reading.of(self.terms.levels)
        return best_matched_loss(self.settings, levels, test, validation, capped=reading.capped)


def _curve(cells: Sequence[CellResult], split: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in curve_losses(cells, "downstream", split)]
