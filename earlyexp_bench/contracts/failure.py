"""Why a stage did not finish, and whose it is to mend."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from earlyexp_bench.contracts.errors import UserError
from earlyexp_bench.contracts.system import system_mistake

Fault = Literal["user", "system", "code", "outside"]
MENDABLE = 2  # a worker's exit code for what the user can mend; 1 is for a crash


@dataclass(frozen=True)
class StageFailure:
    """A stage's end without a record.

    Attributes:
        message: What went wrong.
        fault: The ``user`` gave something wrong; the ``system`` lacks something that the user can give it; the
            ``code``, ours or a plugin's, raised something else; the stage was ended from ``outside``.
        type: Class of what was raised; empty where nothing was.
        where: As a `UserError` says it.
        expected: As a `UserError` says it.
        traceback: Of what was raised.
    """

    message: str = ""
    fault: Fault = "outside"
    type: str = ""
    where: str = ""
    expected: str = ""
    traceback: str = ""

    @classmethod
    def of(cls, error: Exception, directory: Path) -> "StageFailure":
        """Describe what a stage raised that wrote into ``directory``."""
        raised = {"type": type(error).__name__, "traceback": "".join(traceback.format_exception(error))}
        if isinstance(error, UserError):
            return cls(error.message, "user", where=error.where, expected=error.expected, **raised)
        if mistake := system_mistake(error, str(directory)):
            return cls(mistake.message, "system", where=mistake.where, expected=mistake.expected, **raised)
        return cls(str(error), "code", **raised)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "StageFailure":
        """Make one of what was written of it."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})

    @property
    def mendable(self) -> bool:
        """Tell whether the user has something to mend before the stage can run."""
        return self.fault in ("user", "system")

    @property
    def reason(self) -> str:
        """What to tell a reader: of a mistake no class name, of a crash its own."""
        if self.mendable:
            return str(self.mistake())
        return ": ".join(filter(None, [self.type, self.message]))

    def mistake(self) -> UserError:
        """Return what can be mended as the error that it is."""
        return UserError(self.message, where=self.where, expected=self.expected)
