"""Where a method is tried: the stages it declares, each with everything before it in a tiny store."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.contracts import (
    TRAINING_STAGES,
    CellContext,
    Cost,
    ParentRef,
    StageSpec,
    TrainingStage,
    UserError,
    sidecar_role,
)
from earlyexp_bench.hooks import registry
from earlyexp_testing.conformance.global_state import differences, snapshot
from earlyexp_testing.conformance.light_facts import declared_stages, light_facts, method_use
from earlyexp_testing.conformance.tiny_house import (
    MODEL,
    NUMERICS,
    make_house,
    run_stage,
    stage_spec,
)
from earlyexp_testing.tiny_light import tiny_stage


@dataclass(frozen=True)
class Scene:
    """One stage with one method, ready to run.

    Attributes:
        method: The method's id.
        implementation: Its heavy half.
        spec: The stage.
        cost: What the method declares to add to it.
        outputs: Names of the checkpoints that it declares.
    """

    method: str
    implementation: str
    spec: StageSpec
    cost: Cost
    outputs: tuple[str, ...]

    @property
    def stage(self) -> TrainingStage:
        """The stage's kind."""
        return next(stage for stage in TRAINING_STAGES if stage == self.spec.kind)


@dataclass(frozen=True)
class Scenes:
    """All stages of a method.

    Attributes:
        ready: By stage.
        refused: Why the method cannot run, by stage, in its own words.
        impossible: Why the stage could not be set up.
    """

    ready: Mapping[TrainingStage, Scene]
    refused: Mapping[TrainingStage, str]
    impossible: Mapping[TrainingStage, str]


def set_scenes(method: str, root: Path) -> Scenes:
    """Build a store in an empty folder, with what comes before each stage of a method."""
    refs = make_house(root)
    if registry().method(method).definition.stages - {"pretrain"}:
        refs["model"] = _run(root, stage_spec("pretrain", refs))
    ready, refused, impossible = {}, {}, {}
    for stage in declared_stages(registry().method(method).definition):
        reason = _refusal(method, stage)
        if reason is not None:
            refused[stage] = reason
            continue
        try:
            ready[stage] = _scene(method, stage, refs, root)
        except UserError as error:
            impossible[stage] = str(error)
    return Scenes(ready, refused, impossible)


def _scene(method: str, stage: TrainingStage, refs: Mapping[str, ParentRef], root: Path) -> Scene:
    definition, use, params = method_use(method)
    scale = definition.lr_scale(params)
    if not scale > 0:
        raise UserError(f"lr_scale is {scale}: nothing can be trained", expected="a factor above 0")
    needs = definition.needs(params, stage)
    kept = {sidecar_role(name): _kept(name, stage, refs, root) for name in sorted(needs.sidecars)}
    spec = stage_spec(stage, refs, (use,), tokens=frozenset(needs.tokens), sidecars=kept, lr_scale=scale)
    return Scene(
        method=method,
        implementation=definition.implementation,
        spec=spec,
        cost=definition.cost(params, tiny_stage(stage)),
        outputs=definition.outputs(params),
    )


def _kept(method: str, before: TrainingStage, refs: Mapping[str, ParentRef], root: Path) -> ParentRef:
    """Run the nearest earlier stage in which ``method`` may act, and return it."""
    definition = registry().method(method).definition
    earlier = TRAINING_STAGES[: TRAINING_STAGES.index(before)]
    possible = [stage for stage in reversed(earlier) if stage in definition.stages]
    if not possible:
        raise UserError(
            f"it reads what {method} keeps, which cannot act before {before}",
            expected="a method of an earlier stage in `needs`",
        )
    return _run(root, _scene(method, possible[0], refs, root).spec)


def _run(root: Path, spec: StageSpec) -> ParentRef:
    result, _ = run_stage(root, spec)
    return ParentRef(kind=spec.kind, key=spec.key, output=result.outputs[0])


def _refusal(method: str, stage: TrainingStage) -> str | None:
    definition, _, params = method_use(method)
    cell = CellContext(**vars(tiny_stage(stage)), model=MODEL, track="added", methods=(method,), numerics=NUMERICS)
    return definition.incompatible(params, cell)


def planning_changes(method: str) -> list[str]:
    """Return what calling a method's light half, as planning does, leaves changed of what all code shares."""
    before = snapshot()
    for stage in TRAINING_STAGES:
        _refusal(method, stage)
    light_facts(method)
    return list(differences(before, snapshot()))
