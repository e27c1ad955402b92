"""What a check found."""

from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.checking.compare import CheckedCell, LossDifference

FAILED, DIFFERENT = 1, 3


@dataclass(frozen=True)
class Checked:
    """Published cells beside the same ones made here.

    Attributes:
        board: ``id@version``.
        cells: In the order of the plan.
        losses: How far each loss is off.
        software: What the published cells were made with that is not installed here, a line each.
        native_instead: Whether they were made here with the native instruction set, and published with the portable.
        kept: Where they were made, if that is still there.
    """

    board: str
    cells: tuple[CheckedCell, ...]
    losses: tuple[LossDifference, ...]
    software: tuple[str, ...] = ()
    native_instead: bool = False
    kept: Path | None = None

    @property
    def identical(self) -> int:
        """Cells that are equal to the bit."""
        return sum(cell.state == "identical" for cell in self.cells)

    @property
    def exit_code(self) -> int:
        """0: all identical, or other bits on another type of machine; 1: a cell could not be made; 3: see DIFFERENT.

        ``DIFFERENT`` is a broken promise: other bits on the same type of machine.
        """
        if any(cell.state == "not made" for cell in self.cells):
            return FAILED
        broken = any(cell.state == "different" and cell.same_machine for cell in self.cells)
        return DIFFERENT if broken else 0
