"""The checkpoint that a benchmark starts from, if it does: what it is, and where it lies."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import CheckpointLocation, UserError
from earlyexp_bench.contracts.checkpoint import CheckpointIdentity, identify_checkpoint
from earlyexp_bench.contracts.paths import DataPath, shown_from
from earlyexp_bench.planning.parameters import data_directory
from earlyexp_bench.spec import LoadedBenchmark


@dataclass(frozen=True)
class PlannedCheckpoint:
    """A checkpoint as a benchmark uses it.

    Attributes:
        identity: Part of keys.
        location: Where it is; in no key.
        config: Its configuration, as far as it is known without asking the hub.
    """

    identity: CheckpointIdentity
    location: CheckpointLocation
    config: dict[str, Any]


def plan_checkpoint(loaded: LoadedBenchmark) -> PlannedCheckpoint | None:
    """Identify the checkpoint of ``model.init_from``; None where the model starts from random weights.

    Raises:
        UserError: There is none, or it lacks a file; a checkpoint of the hub lacks its commit.
    """
    chosen = loaded.spec.checkpoint
    if chosen is None:
        return None
    folder = data_directory(loaded.source)
    try:
        with shown_from(folder, chosen.init_from):
            identity = identify_checkpoint(chosen.init_from, chosen.revision, folder)
            directory = DataPath(chosen.init_from, folder).path
    except UserError as error:
        key = error.where if error.where in ("init_from", "revision") else "init_from"
        message = error.message if error.where == key else f"{error.where}: {error.message}"
        raise UserError(message, where=loaded.where(("model", key)), expected=error.expected) from error
    if not directory.is_dir():
        location = CheckpointLocation(init_from=chosen.init_from, revision=chosen.revision)
        return PlannedCheckpoint(identity, location, loaded.spec.model)
    return PlannedCheckpoint(identity, CheckpointLocation(init_from=str(directory)), _config(directory, loaded))


def _config(directory: Path, loaded: LoadedBenchmark) -> dict[str, Any]:
    path = directory / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        where = loaded.where(("model", "init_from"))
        raise UserError(f"{path}: not JSON: {error}", where=where, expected="what save_pretrained wrote") from error
    return config if isinstance(config, dict) else {}
