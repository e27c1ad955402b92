"""Whether the model has the modules that the recipes' methods act on."""

from collections.abc import Iterable

from earlyexp_bench.contracts import EVERY_MATRIX, KeyPath, UserError
from earlyexp_bench.planning.components import SPEC_KEYS, PlannedMethod
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.probe import ModelProbe


def check_modules(plan: Plan, probe: ModelProbe) -> None:
    """Refuse a method that would act on a part of what it is meant to act on, or on nothing.

    Raises:
        UserError: The model lacks a module that a method of a recipe names, unless the recipe is skipped anyway.
    """
    ran = dict.fromkeys(cell.recipe for cell in plan.cells if not cell.skipped)
    for recipe in ran:
        for stage, methods in plan.methods[recipe].items():
            for index, method in enumerate(methods):
                if wrong := _wrong(method, probe):
                    path: KeyPath = ("recipes", recipe, SPEC_KEYS[stage], index)
                    message, expected = wrong
                    raise UserError(f"{method.use.id} {message}", where=plan.loaded.where(path), expected=expected)


def _wrong(method: PlannedMethod, probe: ModelProbe) -> tuple[str, str] | None:
    """Return what the model lacks for a method, and what would do."""
    wanted = method.definition.modules(method.params)
    known = ", ".join(dict.fromkeys(path.rpartition(".")[2] for path in probe.modules))
    remedy = f"parameters that name what it has: {known}; or another method, or model"
    if EVERY_MATRIX in wanted and probe.not_linear:
        others = ", ".join(probe.not_linear)
        return f"acts on linear layers, and this model has other matrices too: {others}", "another method, or model"
    names = [name for name in wanted if name != EVERY_MATRIX]
    if missing := [name for name in names if not _ending((*probe.modules, *probe.settings), name)]:
        return f"acts on {', '.join(missing)}, which this model lacks", remedy
    if apart := [path for name in names for path in _ending(probe.not_linear, name)]:
        return f"would act on a part: {', '.join(apart)} of this model is in no module", remedy
    return None


def _ending(paths: Iterable[str], name: str) -> list[str]:
    return [path for path in paths if f".{path}".endswith(f".{name}")]
