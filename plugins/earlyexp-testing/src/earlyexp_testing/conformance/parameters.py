"""Parameters to try a component with: its defaults or, where some are required, the first of its own examples."""

from typing import Any

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts.params import dump_params
from earlyexp_testing.conformance.check import NotMade


def example_params(params: type[BaseModel]) -> dict[str, Any]:
    """Return parameters that a model accepts.

    An example is written as ``model_config = ConfigDict(json_schema_extra={"examples": [{…}]})``.

    Raises:
        NotMade: Some are required, and there is no example.
    """
    try:
        return dump_params(params())
    except ValidationError:
        extra = params.model_config.get("json_schema_extra")
        examples = extra.get("examples") if isinstance(extra, dict) else None
        if not isinstance(examples, list) or not examples:
            raise NotMade(f"{params.__name__} has required fields and shows no example") from None
        return dump_params(params.model_validate(examples[0]))
