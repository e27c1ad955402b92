"""Errors that a user can act on."""

KeyPath = tuple[str | int, ...]


class EarlyExpError(Exception):
    """Base of every error this package raises on purpose."""


class UserError(EarlyExpError):
    """A mistake in what the user gave; the command line prints it and exits with 2.

    Args:
        message: What is wrong, and with which value.
        where: File, key and line, as far as they are known, e.g. ``mini.yaml:12: seeds``.
        expected: What would be right.
    """

    def __init__(self, message: str, *, where: str = "", expected: str = "") -> None:
        self.message = message
        self.where = where
        self.expected = expected
        text = f"{where}: {message}" if where else message
        super().__init__(f"{text}\n  expected: {expected}" if expected else text)


class Misplaced(ValueError):
    """What one key says does not agree with another; ``path`` leads to it from what is being checked."""

    def __init__(self, path: KeyPath, message: str) -> None:
        self.path = path
        super().__init__(message)


class Diverged(EarlyExpError):
    """Training met a loss that is not finite. The stage is recorded as diverged, not as crashed."""

    def __init__(self, step: int, loss: float) -> None:
        self.step = step
        self.loss = loss
        super().__init__(f"loss was {loss} at step {step}")


class StoreError(EarlyExpError):
    """A record or artefact is missing, incomplete or not what its record says."""
