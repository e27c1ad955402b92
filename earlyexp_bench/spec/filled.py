"""A benchmark with what it leaves unsaid of its components filled in: every parameter at its default."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from earlyexp_bench.contracts import UserError
from earlyexp_bench.hooks import registry
from earlyexp_bench.spec.models import Benchmark, ClaimUse, EvaluatorUse, Recipe, Use

U = TypeVar("U", Use, EvaluatorUse, ClaimUse)


def filled_in(spec: Benchmark) -> Benchmark:
    """Return a benchmark that means the same, with every default of its components written out.

    What is not installed, or does not take the parameters that it is given, stays as it is: `plan` says what is wrong.
    """
    return spec.model_copy(
        update={
            "domains": {name: _filled(use, "domain") for name, use in spec.domains.items()},
            "evaluators": [_filled(use, "evaluator") for use in spec.evaluators],
            "claims": [_filled(use, "claim") for use in spec.claims],
            "recipes": {name: _filled_recipe(recipe) for name, recipe in spec.recipes.items()},
        }
    )


def _filled_recipe(recipe: Recipe) -> Recipe:
    stages = ("pretraining", "posttraining", "finetuning")
    return recipe.model_copy(update={key: [_filled(use, "method") for use in getattr(recipe, key)] for key in stages})


def _filled(use: U, kind: Literal["domain", "method", "evaluator", "claim"]) -> U:
    try:
        definition: Any = getattr(registry(), kind)(use.claim if isinstance(use, ClaimUse) else use.use).definition
    except UserError:
        return use
    params = _with_defaults(definition.Params if kind in ("method", "claim") else definition.params, use.params)
    return type(use).model_validate({**params, **use.model_dump(include=set(type(use).model_fields))})


def _with_defaults(model: type[BaseModel], written: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as one may write them, such that they say the same; as they are where there is no such way."""
    try:
        values = model.model_validate(written)
        for by_alias in (True, False):
            dumped = values.model_dump(mode="json", by_alias=by_alias)
            if model.model_validate(dumped) == values:
                return dumped
    except Exception:  # noqa: BLE001 - an author's validators may raise anything, which `plan` reports
        return written
    return written
