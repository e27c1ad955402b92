"""A component's parameters on their way to the worker: written as JSON by the plan, read again by the stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from earlyexp_bench.contracts.paths import FOLDER

P = TypeVar("P", bound=BaseModel)


def dump_params(params: BaseModel) -> dict[str, Any]:
    """Return what a key holds of validated parameters: every field by its name, defaults filled in."""
    dumped: dict[str, Any] = params.model_dump(mode="json")
    return dumped


def load_params(model: type[P], dumped: Mapping[str, Any], folder: Path | None = None) -> P:
    """Validate what `dump_params` returned, where fields go by their names, whatever aliases a user writes.

    A `DataPath` among them starts at ``folder``.
    """
    return model.model_validate(dict(dumped), by_alias=True, by_name=True, context={FOLDER: folder})
