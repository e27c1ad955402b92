"""How far a stage has come, for whoever watches its directory."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.store import write_json


@dataclass
class ProgressFile:
    """Writes ``progress.json`` at most every ``interval`` seconds; what comes sooner is dropped."""

    path: Path
    interval: float = 0.3
    _next: float = 0.0

    def __call__(self, progress: Mapping[str, Any]) -> None:
        """Publish ``progress``."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.interval
        write_json(self.path, {name: _shown(value) for name, value in progress.items()}, durable=False)


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    # A loss may be infinite for a step before the stage ends as diverged; JSON has no word for it.
    return str(value) if isinstance(value, float) and value - value != 0 else value
