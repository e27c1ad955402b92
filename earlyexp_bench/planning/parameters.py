"""A component's parameters, checked against its model before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts import KeyPath, UserError, canonical_json
from earlyexp_bench.contracts.params import dump_params, load_params
from earlyexp_bench.contracts.paths import FOLDER
from earlyexp_bench.planning.authors import Answer, Owner, asked
from earlyexp_bench.spec import Source
from earlyexp_bench.spec.messages import user_error

_PAIRS = Answer("`key: value` pairs", lambda value: isinstance(value, dict))


@dataclass(frozen=True)
class Parameters:
    """Validated parameters, and as a key and the worker's input hold them."""

    values: BaseModel
    dumped: dict[str, Any]


@dataclass(frozen=True)
class Written:
    """Parameters as a user wrote them.

    Attributes:
        values: By the names that the user gave.
        source: The file.
        path: Keys that lead there.
        beside: Keys that the entry knows besides them.
    """

    values: dict[str, Any]
    source: Source
    path: KeyPath
    beside: Sequence[str] = ()


def component_parameters(owner: Owner, model: type[BaseModel], written: Written) -> Parameters:
    """Validate a component's parameters.

    A key that none of the model's fields takes is refused whatever the author's configuration says, also within nested
    models. It is pydantic that judges, after the author's ``before`` validators: keys that these rename are theirs.

    Raises:
        UserError: A key is unknown or a value wrong; or the author's model fails, or loses what it was given.
    """
    folder = data_directory(written.source)
    values = asked(owner, "Params", lambda: _validated(model, written, folder))
    dumped = asked(owner, "Params", lambda: dump_params(values), _PAIRS)
    if (name := _not_finite(dumped)) is not None:
        where = written.source.where((*written.path, name))
        raise UserError("is no finite number", where=where, expected="a number")
    if asked(owner, "Params", lambda: load_params(model, dumped, folder)) != values:
        raise owner.fault(f"its Params do not say the same after they were written as JSON: {dumped}")
    return Parameters(values, dumped)


def data_directory(source: Source) -> Path:
    """Return the directory that paths in a benchmark are relative to: that of its file."""
    parent = Path(source.name).resolve().parent
    return parent if parent.is_dir() else Path.cwd()


def _validated(model: type[BaseModel], written: Written, folder: Path) -> BaseModel:
    try:
        return model.model_validate(written.values, extra="forbid", context={FOLDER: folder})
    except ValidationError as error:
        raise user_error(error, model, written.source, written.values, written.path, written.beside) from error


def _not_finite(dumped: dict[str, Any]) -> str | None:
    """Return the first parameter that has no place in a key: NaN equals nothing, not even itself."""
    for name, value in dumped.items():
        try:
            canonical_json(value)
        except ValueError:
            return name
    return None
