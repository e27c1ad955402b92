"""One function a stage kind, in the order of the pipeline: what goes into the stage, and what it is called."""

import functools
import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import ParentRef, Runtime, StageKind, StageSpec, TrainingStage
from earlyexp_bench.contracts.stages import (
    CheckpointTokenizerInput,
    ContaminationInput,
    EvaluateInput,
    ExposureInput,
    FinetuneInput,
    Measurement,
    PosttrainInput,
    PretrainInput,
    Role,
    TokenizerInput,
    TokensInput,
)
from earlyexp_bench.planning.checkpoint import PlannedCheckpoint
from earlyexp_bench.planning.components import PlannedDomain, PlannedEvaluator
from earlyexp_bench.planning.methods import (
    RecipeMethods,
    check_streams,
    optimization,
    outputs,
    overhead_tokens,
    sidecar_parents,
    update_tokens,
)
from earlyexp_bench.planning.parameters import data_directory
from earlyexp_bench.planning.plan import Node
from earlyexp_bench.planning.recipes import (
    convergence,
    exposure_on,
    leaves_out_posttraining,
    placebos,
    planned_stage,
    related_placebo,
    spent_before,
)
from earlyexp_bench.spec import Benchmark, LoadedBenchmark, Pipeline, Recipe
from earlyexp_bench.spec.models import DRAW

Roles = dict[Role, str]


@dataclass(eq=False)
class Draft:
    """A plan in the making: a benchmark with its components looked up, and the stages so far.

    Attributes:
        nodes: Stages by key, in the order in which they were first needed.
        tokens: Domain to its tokens stage, of those that are planned already.
        measured: What is measured of domains in some roles, and the versions that take part.
    """

    loaded: LoadedBenchmark
    domains: dict[str, PlannedDomain]
    evaluators: list[PlannedEvaluator]
    checkpoint: PlannedCheckpoint | None
    methods: dict[str, RecipeMethods]
    nodes: dict[str, Node] = field(default_factory=dict)
    tokens: dict[str, ParentRef] = field(default_factory=dict)
    measured: dict[tuple[tuple[Role, str], ...], tuple[EvaluateInput, dict[str, str]]] = field(default_factory=dict)

    @property
    def spec(self) -> Benchmark:
        """The benchmark."""
        return self.loaded.spec

    @property
    def model(self) -> dict[str, Any]:
        """The model's configuration, as far as it is known."""
        return self.checkpoint.config if self.checkpoint else self.spec.model

    @functools.cached_property
    def numerics(self) -> dict[str, Any]:
        """The benchmark's numerics block."""
        return self.spec.numerics.model_dump(mode="json")

    @functools.cached_property
    def tokenizer(self) -> ParentRef:
        """The tokenizer stage, which every other one goes back to."""
        return tokenizer_stage(self)

    def add(
        self,
        spec: StageSpec,
        label: str,
        *,
        update_tokens: int = 0,
        overhead_tokens: float = 0.0,
        output: str = "final",
    ) -> ParentRef:
        """Add a stage unless it is there, and return a reference to one of its outputs."""
        key = spec.key
        if key not in self.nodes:
            self.nodes[key] = Node(spec, key, label, len(self.nodes), update_tokens, overhead_tokens)
        return ParentRef(kind=spec.kind, key=key, output=output)


@dataclass(frozen=True)
class Setting:
    """One recipe on one pipeline with one seed, at one point of the sweeps of stages 2 and 3."""

    name: str
    recipe: Recipe
    pipeline: Pipeline
    seed: int
    posttraining: dict[str, float]
    finetuning: dict[str, float]

    @property
    def drawn(self) -> int:
        """The seed that training stages draw with."""
        return self.seed + DRAW * self.recipe.draw

    @property
    def sweep(self) -> dict[str, float]:
        """Swept value by ``stage.field``, as the benchmark has it, so that curves of all recipes are in one order."""
        stages = {"posttraining": self.posttraining, "finetuning": self.finetuning}
        return {f"{stage}.{name}": value for stage, point in stages.items() for name, value in point.items()}


def tokenizer_stage(draft: Draft) -> ParentRef:
    """Plan the tokenizer: a checkpoint's own, or one that is trained."""
    if draft.checkpoint is not None:
        taken = CheckpointTokenizerInput(checkpoint=draft.checkpoint.identity.tokenizer)
        return draft.add(_stage(draft, "tokenizer", taken, runtime=_start(draft)), "tokenizer")
    tokenizer = draft.spec.tokenizer
    assert tokenizer is not None  # a benchmark has a checkpoint or trains a tokenizer
    domains = [draft.domains[name] for name in tokenizer.train_on]
    written = tokenizer.model_dump(exclude={"train_on"})
    identity = TokenizerInput.model_validate({**written, "domains": [domain.ref for domain in domains]})
    return draft.add(_data_stage(draft, "tokenizer", identity, {}, domains), "tokenizer")


def tokens_stage(draft: Draft, name: str) -> ParentRef:
    """Plan a domain as token ids."""
    if name not in draft.tokens:
        domain = draft.domains[name]
        parents = {"tokenizer": draft.tokenizer}
        stage = _data_stage(draft, "tokens", TokensInput(domain=domain.ref), parents, [domain])
        draft.tokens[name] = draft.add(stage, f"tokens {name}")
    return draft.tokens[name]


def contamination_stages(draft: Draft, pipeline: Pipeline) -> dict[tuple[str, str], ParentRef]:
    """Return what compares each text that the pipeline trains on with each test split that it measures."""
    spec = draft.spec
    tested = list(dict.fromkeys([spec.pretraining.corpus, pipeline.target, pipeline.downstream]))
    unrelated = [name for recipe, name in placebos(spec) if not related_placebo(spec.recipes[recipe], pipeline)]
    trained = dict.fromkeys([*tested, *unrelated])
    return {(one, other): _contamination_stage(draft, one, other) for one in trained for other in tested}


def _contamination_stage(draft: Draft, trained: str, tested: str) -> ParentRef:
    domains = [draft.domains[trained], draft.domains[tested]]
    identity = ContaminationInput(trained=domains[0].ref, tested=domains[1].ref)
    parents = {"tokenizer": draft.tokenizer, "trained": tokens_stage(draft, trained)}
    parents["tested"] = tokens_stage(draft, tested)
    stage = _data_stage(draft, "contamination", identity, parents, domains)
    return draft.add(stage, f"contamination {trained} → {tested}")


def pretrain_stage(draft: Draft, setting: Setting) -> list[ParentRef]:
    """Plan stage 1; one reference for each checkpoint that its methods yield."""
    spec, recipe, pipeline = draft.spec, setting.recipe, setting.pipeline
    methods, exposure = draft.methods[setting.name]["pretrain"], exposure_on(spec, recipe, pipeline)
    domains = {"general": spec.pretraining.corpus, "target": pipeline.target, "placebo": recipe.exposure.source}
    parents = {"tokenizer": draft.tokenizer, "general": tokens_stage(draft, domains["general"])}
    if exposure is not None and exposure.source != "general":
        parents[exposure.source] = tokens_stage(draft, domains[exposure.source])
    check_streams(methods, parents)
    _sidecars(draft, setting, "pretrain", {})  # refuses all: no stage comes before
    identity = PretrainInput(
        model={} if draft.checkpoint else spec.model,
        init_from=draft.checkpoint.identity.weights if draft.checkpoint else None,
        context=spec.context,
        tokens=spec.pretraining.tokens,
        optimization=optimization(spec.pretraining, {"learning_rate": spec.pretraining.learning_rate}, methods),
        exposure=exposure,
        methods=tuple(method.use for method in methods),
        loss_on=_loss_on(draft, domains.items(), parents),
    )
    label = f"pretrain {_exposure_label(exposure)} s{setting.drawn}"
    return _trained(draft, setting, "pretrain", identity, parents, label)


def posttrain_stage(draft: Draft, setting: Setting, before: dict[str, ParentRef]) -> list[ParentRef]:
    """Plan stage 2, or return stage 1's checkpoint where a recipe leaves stage 2 out."""
    spec, recipe, pipeline = draft.spec, setting.recipe, setting.pipeline
    methods = draft.methods[setting.name]["posttrain"]
    if leaves_out_posttraining(spec, recipe):
        return [before["pretrain"]]
    parents = {"model": before["pretrain"], "target": tokens_stage(draft, pipeline.target)}
    parents |= _streams(draft, setting, "posttrain") | _sidecars(draft, setting, "posttrain", before)
    identity = PosttrainInput(
        context=spec.context,
        target_tokens=spec.target_tokens_of(pipeline),
        remainder=(spent_before(spec, recipe), 1.0),
        optimization=optimization(spec.posttraining, setting.posttraining, methods),
        convergence=convergence(spec, pipeline),
        general_tokens=spec.pretraining.tokens if "general" in parents else None,
        methods=tuple(method.use for method in methods),
        loss_on=_loss_on(draft, spec.domains_of(pipeline).items(), parents),
    )
    label = f"posttrain {setting.name} → {pipeline.target} s{setting.drawn}"
    return _trained(draft, setting, "posttrain", identity, parents, label)


def finetune_stage(draft: Draft, setting: Setting, before: dict[str, ParentRef]) -> list[ParentRef]:
    """Plan stage 3, for a fixed number of tokens: those that methods add displace others."""
    spec, pipeline = draft.spec, setting.pipeline
    methods = draft.methods[setting.name]["finetune"]
    parents = {"model": before["posttrain"], "downstream": tokens_stage(draft, pipeline.downstream)}
    parents |= _streams(draft, setting, "finetune") | _sidecars(draft, setting, "finetune", before)
    identity = FinetuneInput(
        context=spec.context,
        tokens=spec.finetuning.tokens,
        repeats=spec.finetuning.repeats,
        optimization=optimization(spec.finetuning, setting.finetuning, methods, setting.recipe.rates_scale),
        general_tokens=spec.pretraining.tokens if "general" in parents else None,
        target_tokens=spec.target_tokens_of(pipeline) if "target" in parents else None,
        methods=tuple(method.use for method in methods),
        loss_on=_loss_on(draft, spec.domains_of(pipeline).items(), parents),
    )
    rate = format(setting.finetuning["learning_rate"] * setting.recipe.rates_scale, "g")
    label = f"finetune {setting.name} {pipeline.name} lr={rate} s{setting.drawn}"
    return _trained(draft, setting, "finetune", identity, parents, label)


def evaluate_stage(draft: Draft, model: ParentRef, roles: Roles, label: str) -> ParentRef:
    """Plan everything that is measured on one checkpoint of domains in their roles."""
    parents = {"model": model} | {role: tokens_stage(draft, name) for role, name in roles.items()}
    chosen = tuple(roles.items())
    if chosen not in draft.measured:
        draft.measured[chosen] = _measured(draft, roles)
    identity, versions = draft.measured[chosen]
    return draft.add(_stage(draft, "evaluate", identity, parents=parents, plugins=versions), label)


def _measured(draft: Draft, roles: Roles) -> tuple[EvaluateInput, dict[str, str]]:
    measured: list[Measurement] = []
    versions: dict[str, str] = {}
    for evaluator in draft.evaluators:
        if evaluator.version is None:
            limit = evaluator.entry.limit(None)
            measured.append(Measurement(task=evaluator.id, split="test", max_documents=limit))
            continue
        versions[evaluator.id] = evaluator.version
        for role, name in roles.items():
            measured.extend(evaluator.measurements(role, draft.domains[name].ref))
    identity = EvaluateInput(
        context=draft.spec.context,
        measurements=tuple(measured),
        lm_eval_version=_lm_eval_version(),
    )
    return identity, versions | _domain_versions(draft.domains[name] for name in roles.values())


def _streams(draft: Draft, setting: Setting, stage: TrainingStage) -> dict[str, ParentRef]:
    """Return the token stages that the methods of a stage read, as parents."""
    domains = {"general": draft.spec.pretraining.corpus, "target": setting.pipeline.target}
    methods = draft.methods[setting.name][stage]
    wanted = {source for method in methods for source in method.definition.needs(method.params, stage).tokens}
    return {source: tokens_stage(draft, domains[source]) for source in sorted(wanted)}


def _sidecars(
    draft: Draft, setting: Setting, stage: TrainingStage, before: dict[str, ParentRef]
) -> dict[str, ParentRef]:
    where = draft.loaded.where(("recipes", setting.name))
    return sidecar_parents(draft.methods[setting.name], stage, before, where)


def _loss_on(draft: Draft, domains: Iterable[tuple[str, str]], parents: Mapping[str, ParentRef]) -> dict[str, Any]:
    """Return the roles whose domain trains on answers only; text goes without saying."""
    chosen = {role: draft.domains[name].definition.loss_on for role, name in domains if role in parents}
    return {role: loss_on for role, loss_on in chosen.items() if loss_on != "text"}


def _trained(
    draft: Draft,
    setting: Setting,
    kind: TrainingStage,
    identity: BaseModel,
    parents: dict[str, ParentRef],
    label: str,
) -> list[ParentRef]:
    """Add a training stage; return one reference for each checkpoint that its methods yield."""
    methods = draft.methods[setting.name][kind]
    planned = planned_stage(draft.spec, kind, setting.recipe, setting.pipeline)
    total = planned.tokens if kind == "finetune" else update_tokens(methods, planned)
    overhead = overhead_tokens(methods, planned, total)
    plugins = {method.use.id: method.version for method in methods}
    runtime = _start(draft) if kind == "pretrain" else Runtime()
    runtime = runtime.model_copy(update={"processes": draft.loaded.processes})
    stage = _stage(draft, kind, identity, parents=parents, plugins=plugins, runtime=runtime, seed=setting.drawn)
    if any(method.definition.draws_per_batch for method in methods):
        stage = stage.model_copy(update={"numerics": {**draft.numerics, "draws": "by-batch"}})
    return [
        draft.add(stage, label, update_tokens=total, overhead_tokens=overhead, output=output)
        for output in outputs(methods)
    ]


def _data_stage(
    draft: Draft,
    kind: StageKind,
    identity: BaseModel,
    parents: dict[str, ParentRef],
    domains: Sequence[PlannedDomain],
) -> StageSpec:
    """Return a stage that reads domains, told where their data lie: in no key, so that data may move."""
    locations = {domain.ref.digest: domain.location for domain in domains if domain.location}
    runtime = Runtime(data_directory=str(data_directory(draft.loaded.source)), locations=locations)
    return _stage(draft, kind, identity, parents=parents, plugins=_domain_versions(domains), runtime=runtime)


def _stage(
    draft: Draft,
    kind: StageKind,
    identity: BaseModel,
    *,
    parents: Mapping[str, ParentRef] = MappingProxyType({}),
    plugins: Mapping[str, str] = MappingProxyType({}),
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    seed: int | None = None,
) -> StageSpec:
    makes_tensors = kind not in ("tokenizer", "tokens", "contamination")
    return StageSpec(
        kind=kind,
        plugins=dict(plugins),
        identity=identity.model_dump(mode="json"),
        numerics=draft.numerics if makes_tensors else {},
        parents=dict(parents),
        seed=seed,
        runtime=runtime,
    )


def _start(draft: Draft) -> Runtime:
    """Where the checkpoint lies that training starts from; in no key."""
    return Runtime(checkpoint=draft.checkpoint.location if draft.checkpoint else None)


def _domain_versions(domains: Iterable[PlannedDomain]) -> dict[str, str]:
    return {domain.ref.id: domain.version for domain in domains}


@functools.cache
def _lm_eval_version() -> str:
    return importlib.metadata.version("lm-eval")


def _exposure_label(exposure: ExposureInput | None) -> str:
    if exposure is None:
        return "λ=0"
    return f"λ={exposure.fraction:g}" + (f" of {exposure.source}" if exposure.source != "target" else "")
