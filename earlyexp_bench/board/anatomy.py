"""What a recipe does, in full: what it exposes, and its methods with package, version, parameters and reference."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import TrainingStage
from earlyexp_bench.planning import Plan
from earlyexp_bench.planning.components import SPEC_KEYS, PlannedMethod
from earlyexp_bench.scoring.cells import Anatomy, CellResult, MethodTerms
from earlyexp_bench.spec import Recipe
from earlyexp_bench.spec.models import Exposure

PLACES = {
    "uniform": "spread over all of it",
    "early": "in its first quarter",
    "late": "in its last quarter",
}


def anatomy(plan: Plan, name: str, cells: Sequence[CellResult]) -> Anatomy:
    """Describe a recipe; those of the cells that are its own say which versions of packages made them."""
    own = [cell for cell in cells if cell.recipe == name]
    methods = [_method(stage, use, own) for stage, used in plan.methods[name].items() for use in used]
    return Anatomy(" ".join(_sentences(plan.spec.recipes[name], plan.spec.track)), tuple(methods))


def _method(stage: TrainingStage, method: PlannedMethod, cells: Sequence[CellResult]) -> MethodTerms:
    package, installed = method.package
    recorded = {
        made.software[package]
        for cell in cells
        for made in cell.made
        if made.stage == stage and package in made.software
    }
    return MethodTerms(
        stage=SPEC_KEYS[stage],
        id=method.use.id,
        version=method.version,
        package=package,
        package_versions=tuple(sorted(recorded)) or (installed,),
        parameters=parameter_values(method.params),
        defaults=parameter_values(type(method.params).model_construct()),  # without those that have none
        description=method.definition.description,
        reference=method.definition.reference,
    )


def parameter_values(params: BaseModel) -> dict[str, Any]:
    """Return parameters as JSON values; a default may be anything, and what JSON has not is said in words."""
    dumped = params.model_dump(mode="json", warnings=False, fallback=str)
    return {name: _finite(value) for name, value in dumped.items()}


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return {key: _finite(item) for key, item in value.items()} if isinstance(value, dict) else value


def _sentences(recipe: Recipe, track: str) -> Iterator[str]:
    """Say what is done without methods."""
    yield _exposed(recipe.exposure, track)
    if recipe.skip_posttraining:
        yield "Never post-trained."
    if recipe.rates_scale != 1:
        yield f"Stage-3 rates are {recipe.rates_scale:g} × the benchmark's."
    if recipe.draw:
        yield f"Draw {recipe.draw}: an independent repetition under the same seeds."


def _exposed(exposure: Exposure, track: str) -> str:
    if exposure.fraction == 0:
        return "No exposure: pretraining sees no target data."
    share = f"{exposure.fraction:.4g} of D_post"
    if exposure.source == "general":
        return f"Control: pretraining is longer, by as many general tokens as {share} has."
    if exposure.source == "target":
        seen = f"Pretraining also sees λ = {share}, target data"
    else:
        seen = f"Control: pretraining also sees {exposure.source}, as many tokens as {share} has"
    times = f", {exposure.repeats} times" if exposure.repeats > 1 else ""
    instead = ", in place of as much general text" if exposure.mode == "replace" else ""
    rest = " Post-training sees the rest." if track == "matched" and exposure.fraction < 1 else ""
    return f"{seen}{times}{instead}, {PLACES[exposure.placement]}.{rest}"
