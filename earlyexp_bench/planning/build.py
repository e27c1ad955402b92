"""From a benchmark to its stages and cells: read `_CellBuilder.cells` from top to bottom."""

import functools
import importlib.metadata
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import (
    ParentRef,
    PlannedStage,
    StageKind,
    StageSpec,
    TrainingStage,
)
from earlyexp_bench.contracts.stages import (
    CheckpointTokenizerInput,
    ContaminationInput,
    EvaluateInput,
    ExposureInput,
    FinetuneInput,
    Measurement,
    PosttrainInput,
    PretrainInput,
    TokenizerInput,
    TokensInput,
)
from earlyexp_bench.planning.amounts import check_amounts
from earlyexp_bench.planning.budget import check_budgets
from earlyexp_bench.planning.checkpoint import PlannedCheckpoint, ids_version, plan_checkpoint
from earlyexp_bench.planning.components import (
    SPEC_KEYS,
    PlannedDomain,
    PlannedEvaluator,
    PlannedMethod,
    check_losses,
    data_directory,
    plan_domain,
    plan_evaluators,
    plan_methods,
)
from earlyexp_bench.planning.controls import is_placebo, placebos, related_placebo
from earlyexp_bench.planning.graph import Cell, Graph, Node
from earlyexp_bench.planning.lengths import convergence, leaves_out_posttraining, planned_stage, spent_before
from earlyexp_bench.planning.methods import (
    check_streams,
    further_tokens,
    keepers,
    optimization,
    output_name,
    outputs,
    skip_reason,
    update_tokens,
)
from earlyexp_bench.spec import Benchmark, KeyPath, LoadedBenchmark, Pipeline, Recipe
from earlyexp_bench.spec.models import DRAW, Role


@dataclass(frozen=True)
class Plan:
    """A benchmark's stages and cells; `loaded` says where each part was written.

    Attributes:
        tokens: Domain to its tokens stage.
        contamination: Pipeline to (trained, tested) domains to the stage that looks for twins.
    """

    loaded: LoadedBenchmark
    nodes: list[Node]
    cells: list[Cell]
    tokens: dict[str, ParentRef]
    contamination: dict[str, dict[tuple[str, str], ParentRef]]
    domains: dict[str, PlannedDomain]
    methods: dict[str, dict[TrainingStage, list[PlannedMethod]]]

    @property
    def spec(self) -> Benchmark:
        """The benchmark."""
        return self.loaded.spec


def build_plan(loaded: LoadedBenchmark, seeds: list[int] | None = None) -> Plan:
    """Plan every cell of a benchmark for ``seeds`` (default: the benchmark's own).

    Raises:
        UserError: A component is missing, its parameters or data are wrong, or a budget cannot be met.
    """
    return _Builder(loaded).plan(seeds or list(loaded.spec.seeds))


@dataclass(eq=False)
class _Builder:
    loaded: LoadedBenchmark
    graph: Graph = field(default_factory=Graph)

    @functools.cached_property
    def spec(self) -> Benchmark:
        return self.loaded.spec

    @functools.cached_property
    def domains(self) -> dict[str, PlannedDomain]:
        named: dict[str, KeyPath] = {self.spec.pretraining.corpus: ("pretraining", "corpus")}
        for index, pipeline in enumerate(self.spec.pipelines):
            named.setdefault(pipeline.target, ("pipelines", index, "target"))
            named.setdefault(pipeline.downstream, ("pipelines", index, "downstream"))
        for index, name in enumerate(self.spec.tokenizer.train_on if self.spec.tokenizer else ()):
            named.setdefault(name, ("tokenizer", "train_on", index))
        for recipe, name in placebos(self.spec):
            named.setdefault(name, ("recipes", recipe, "exposure", "source"))
        return {name: plan_domain(self.loaded, name, path) for name, path in named.items()}

    @functools.cached_property
    def methods(self) -> dict[str, dict[TrainingStage, list[PlannedMethod]]]:
        return {
            name: {
                stage: plan_methods(self.loaded, name, stage, getattr(recipe, key)) for stage, key in SPEC_KEYS.items()
            }
            for name, recipe in self.spec.recipes.items()
        }

    @functools.cached_property
    def evaluators(self) -> list[PlannedEvaluator]:
        return plan_evaluators(self.loaded)

    @functools.cached_property
    def checkpoint(self) -> PlannedCheckpoint | None:
        return plan_checkpoint(self.loaded)

    def plan(self, seeds: list[int]) -> Plan:
        check_budgets(self.loaded, self.domains)
        check_amounts(self.loaded)
        check_losses(self.loaded, self.domains, self.evaluators)
        cells = [cell for seed in seeds for cell in self.cells(seed)]
        tokens = {name: self.tokens(name) for name in self.domains}
        twins = {pipeline.name: self.contamination(pipeline) for pipeline in self.spec.pipelines}
        return Plan(self.loaded, list(self.graph.nodes.values()), cells, tokens, twins, self.domains, self.methods)

    def cells(self, seed: int) -> Iterator[Cell]:
        """Yield the cells of one seed; stages they share are added once."""
        for pipeline in self.spec.pipelines:
            for name, recipe in self.spec.recipes.items():
                reason = related_placebo(recipe, pipeline) or skip_reason(
                    self.spec, self.model, self.methods[name], recipe, pipeline
                )
                for swept in _sweep(self.spec.posttraining.sweep):
                    for tuned in _sweep(self.spec.finetuning.sweep):
                        yield from self.cell(name, recipe, pipeline, seed, swept, tuned, reason)

    def cell(
        self,
        name: str,
        recipe: Recipe,
        pipeline: Pipeline,
        seed: int,
        swept: dict[str, float],
        tuned: dict[str, float],
        reason: str,
    ) -> Iterator[Cell]:
        sweep = {f"posttraining.{k}": v for k, v in swept.items()} | {f"finetuning.{k}": v for k, v in tuned.items()}
        if reason:
            yield Cell(name, pipeline.name, seed, sweep, "final", {}, reason)
            return
        drawn = seed + DRAW * recipe.draw
        for trained in self.checkpoints(name, recipe, pipeline, drawn, swept, tuned):
            roles: dict[Role, str] = {"target": pipeline.target, "downstream": pipeline.downstream}
            roles["general"] = self.spec.pretraining.corpus
            stages = {
                **trained,
                "immediate": self.evaluate(
                    trained["posttrain"], {"target": pipeline.target}, f"{name} {pipeline.target} s{seed}"
                ),
                "retained": self.evaluate(trained["finetune"], roles, f"{name} {pipeline.name} s{seed}"),
            }
            yield Cell(name, pipeline.name, seed, sweep, output_name(trained), stages)

    def checkpoints(
        self,
        name: str,
        recipe: Recipe,
        pipeline: Pipeline,
        seed: int,
        swept: dict[str, float],
        tuned: dict[str, float],
    ) -> Iterator[dict[str, ParentRef]]:
        """Yield one way through the three training stages for each checkpoint that a stage's methods yield."""
        for pretrain in self.pretrain(name, recipe, pipeline, seed):
            for posttrain in self.posttrain(name, recipe, pipeline, seed, swept, {"pretrain": pretrain}):
                before = {"pretrain": pretrain, "posttrain": posttrain}
                for finetune in self.finetune(name, recipe, pipeline, seed, tuned, before):
                    yield {**before, "finetune": finetune}

    # One method a stage kind, in the order of the pipeline.

    @functools.cached_property
    def tokenizer(self) -> ParentRef:
        tokenizer = self.spec.tokenizer
        if self.checkpoint is not None:
            taken = CheckpointTokenizerInput(checkpoint=self.checkpoint.identity.tokenizer)
            return self.graph.add(self.stage("tokenizer", taken, {}, None, {}, self.start), "tokenizer")
        assert tokenizer is not None  # a benchmark has a checkpoint or trains a tokenizer
        domains = [self.domains[name] for name in tokenizer.train_on]
        identity = TokenizerInput.model_validate(
            {**tokenizer.model_dump(exclude={"train_on"}), "domains": [d.ref for d in domains]}
        )
        runtime = self.whereabouts(domains)
        return self.graph.add(self.stage("tokenizer", identity, {}, None, _versions(domains), runtime), "tokenizer")

    @functools.cache  # noqa: B019 - the builder lives as long as one plan is made
    def tokens(self, name: str) -> ParentRef:
        domain = self.domains[name]
        identity = TokensInput(domain=domain.ref)
        parents, runtime = {"tokenizer": self.tokenizer}, self.whereabouts([domain])
        spec = self.stage("tokens", identity, parents, None, _versions([domain]), runtime)
        return self.graph.add(spec, f"tokens {name}")

    def contamination(self, pipeline: Pipeline) -> dict[tuple[str, str], ParentRef]:
        """Return what compares each text that the pipeline trains on with each test split that it measures."""
        tested = list(dict.fromkeys([self.spec.pretraining.corpus, pipeline.target, pipeline.downstream]))
        unrelated = [
            name for recipe, name in placebos(self.spec) if not related_placebo(self.spec.recipes[recipe], pipeline)
        ]
        trained = dict.fromkeys([*tested, *unrelated])
        return {(one, other): self.twins(one, other) for one in trained for other in tested}

    @functools.cache  # noqa: B019 - the builder lives as long as one plan is made
    def twins(self, trained: str, tested: str) -> ParentRef:
        domains = [self.domains[trained], self.domains[tested]]
        identity = ContaminationInput(trained=domains[0].ref, tested=domains[1].ref)
        parents = {"tokenizer": self.tokenizer, "trained": self.tokens(trained), "tested": self.tokens(tested)}
        spec = self.stage("contamination", identity, parents, None, _versions(domains), self.whereabouts(domains))
        return self.graph.add(spec, f"contamination {trained} → {tested}")

    def pretrain(self, name: str, recipe: Recipe, pipeline: Pipeline, seed: int) -> list[ParentRef]:
        spec, methods = self.spec, self.methods[name]["pretrain"]
        names = {"general": spec.pretraining.corpus, "target": pipeline.target, "placebo": recipe.exposure.source}
        parents = {"tokenizer": self.tokenizer, "general": self.tokens(spec.pretraining.corpus)}
        exposure = self.exposure(recipe, pipeline)
        if exposure is not None and exposure.source != "general":
            parents[exposure.source] = self.tokens(names[exposure.source])
        check_streams(methods, parents)
        keepers(self.loaded, name, self.methods[name], "pretrain", {})  # refuses all: no stage comes before
        identity = PretrainInput(
            model={} if self.checkpoint else spec.model,
            init_from=self.checkpoint.identity.weights if self.checkpoint else None,
            context=spec.context,
            tokens=spec.pretraining.tokens,
            optimization=optimization(spec.pretraining, {"learning_rate": spec.pretraining.learning_rate}, methods),
            exposure=exposure,
            methods=tuple(m.use for m in methods),
            loss_on=self.loss_on(names, parents),
        )
        stage = self.stage("pretrain", identity, parents, seed, _versions(methods), self.start)
        label = f"pretrain {_exposure_label(exposure)} s{seed}"
        return self.trained(stage, label, methods, planned_stage(spec, "pretrain", recipe, pipeline))

    def exposure(self, recipe: Recipe, pipeline: Pipeline) -> ExposureInput | None:
        """Return what is mixed into stage 1 of a recipe; None for nothing."""
        written = recipe.exposure
        if written.fraction == 0:
            return None
        source = "placebo" if is_placebo(recipe) else written.source
        tokens = self.spec.target_tokens_of(pipeline)
        return ExposureInput.model_validate({**written.model_dump(), "target_tokens": tokens, "source": source})

    def posttrain(
        self,
        name: str,
        recipe: Recipe,
        pipeline: Pipeline,
        seed: int,
        swept: dict[str, float],
        before: dict[str, ParentRef],
    ) -> list[ParentRef]:
        spec, methods = self.spec, self.methods[name]["posttrain"]
        if leaves_out_posttraining(spec, recipe):
            return [before["pretrain"]]
        parents = {"model": before["pretrain"], "target": self.tokens(pipeline.target)}
        parents |= self.needed(methods, "posttrain", pipeline)
        parents |= keepers(self.loaded, name, self.methods[name], "posttrain", before)
        identity = PosttrainInput(
            context=spec.context,
            target_tokens=spec.target_tokens_of(pipeline),
            remainder=(spent_before(spec, recipe), 1.0),
            optimization=optimization(spec.posttraining, swept, methods),
            convergence=convergence(spec, pipeline),
            general_tokens=spec.pretraining.tokens if "general" in parents else None,
            methods=tuple(m.use for m in methods),
            loss_on=self.loss_on({"general": spec.pretraining.corpus, "target": pipeline.target}, parents),
        )
        stage = self.stage("posttrain", identity, parents, seed, _versions(methods))
        label = f"posttrain {name} → {pipeline.target} s{seed}"
        return self.trained(stage, label, methods, planned_stage(spec, "posttrain", recipe, pipeline))

    def finetune(
        self,
        name: str,
        recipe: Recipe,
        pipeline: Pipeline,
        seed: int,
        tuned: dict[str, float],
        before: dict[str, ParentRef],
    ) -> list[ParentRef]:
        spec, methods = self.spec, self.methods[name]["finetune"]
        parents = {"model": before["posttrain"], "downstream": self.tokens(pipeline.downstream)}
        parents |= self.needed(methods, "finetune", pipeline)
        parents |= keepers(self.loaded, name, self.methods[name], "finetune", before)
        names = {"general": spec.pretraining.corpus, "target": pipeline.target, "downstream": pipeline.downstream}
        identity = FinetuneInput(
            context=spec.context,
            tokens=spec.finetuning.tokens,
            repeats=spec.finetuning.repeats,
            optimization=optimization(spec.finetuning, tuned, methods),
            general_tokens=spec.pretraining.tokens if "general" in parents else None,
            target_tokens=spec.target_tokens_of(pipeline) if "target" in parents else None,
            methods=tuple(m.use for m in methods),
            loss_on=self.loss_on(names, parents),
        )
        rate = format(tuned["learning_rate"], "g")
        stage = self.stage("finetune", identity, parents, seed, _versions(methods))
        label = f"finetune {name} {pipeline.name} lr={rate} s{seed}"
        return self.trained(stage, label, methods, planned_stage(spec, "finetune", recipe, pipeline), fixed=True)

    def trained(
        self, stage: StageSpec, label: str, methods: list[PlannedMethod], planned: PlannedStage, *, fixed: bool = False
    ) -> list[ParentRef]:
        """Add a training stage; return one reference for each checkpoint that its methods yield.

        Args:
            stage: As it will run.
            label: For people.
            methods: Of this stage.
            planned: How long it is without the methods.
            fixed: Whether tokens that methods add displace others.
        """
        total = planned.tokens if fixed else update_tokens(methods, planned)
        further = further_tokens(methods, planned, total)
        return [
            self.graph.add(stage, label, update_tokens=total, further_tokens=further, output=output)
            for output in outputs(methods)
        ]

    def evaluate(self, model: ParentRef, roles: dict[Role, str], label: str) -> ParentRef:
        parents = {"model": model} | {role: self.tokens(name) for role, name in roles.items()}
        identity, versions = self.measured(tuple(roles.items()))
        return self.graph.add(self.stage("evaluate", identity, parents, None, versions), f"evaluate {label}")

    @functools.cache  # noqa: B019 - the builder lives as long as one plan is made
    def measured(self, roles: tuple[tuple[Role, str], ...]) -> tuple[EvaluateInput, dict[str, str]]:
        """Return what is measured of domains in these roles, and the versions that take part."""
        measured: list[Measurement] = []
        versions: dict[str, str] = {}
        for evaluator in self.evaluators:
            if evaluator.version is None:
                limit = evaluator.entry.limit(None)
                measured.append(Measurement(task=evaluator.id, split="test", max_documents=limit))
                continue
            versions[evaluator.id] = evaluator.version
            for role, name in roles:
                measured.extend(evaluator.measurements(role, self.domains[name].ref))
        identity = EvaluateInput(
            context=self.spec.context,
            measurements=tuple(measured),
            lm_eval_version=_lm_eval_version(),
            ids_version=ids_version(self.model),
        )
        return identity, versions | _versions([self.domains[name] for _, name in roles])

    def needed(self, methods: list[PlannedMethod], stage: TrainingStage, pipeline: Pipeline) -> dict[str, ParentRef]:
        """Return the token stages that the methods read, as parents."""
        domains = {"general": self.spec.pretraining.corpus, "target": pipeline.target}
        wanted = {source for m in methods for source in m.definition.needs(m.params, stage).tokens}
        return {source: self.tokens(domains[source]) for source in sorted(wanted)}

    def loss_on(self, names: dict[str, str], parents: dict[str, ParentRef]) -> dict[str, Any]:
        """Return the roles whose domain trains on answers only; text goes without saying."""
        chosen = {role: self.domains[name].definition.loss_on for role, name in names.items() if role in parents}
        return {role: loss_on for role, loss_on in chosen.items() if loss_on != "text"}

    def stage(
        self,
        kind: StageKind,
        identity: BaseModel,
        parents: dict[str, ParentRef],
        seed: int | None,
        plugins: dict[str, str],
        runtime: dict[str, Any] | None = None,
    ) -> StageSpec:
        numeric = kind not in ("tokenizer", "tokens", "contamination")
        return StageSpec(
            kind=kind,
            plugins=plugins,
            identity=identity.model_dump(mode="json", exclude_defaults=True),
            numerics=self.numerics if numeric else {},
            parents=parents,
            seed=seed,
            runtime=runtime or {},
        )

    @property
    def model(self) -> dict[str, Any]:
        """The model's configuration, as far as it is known."""
        return self.checkpoint.config if self.checkpoint else self.spec.model

    @property
    def start(self) -> dict[str, Any]:
        """Where the checkpoint lies; in no key."""
        return {"checkpoint": self.checkpoint.location} if self.checkpoint else {}

    def whereabouts(self, domains: list[PlannedDomain]) -> dict[str, Any]:
        """Return where the domains' data lie; in no key, so that data may move."""
        locations = {domain.ref.digest: domain.location for domain in domains if domain.location}
        return {"data_directory": str(self.data_directory), "locations": locations}

    @functools.cached_property
    def numerics(self) -> dict[str, Any]:
        return self.spec.numerics.model_dump(mode="json")

    @functools.cached_property
    def data_directory(self) -> Path:
        return data_directory(self.loaded.source)


@functools.cache
def _lm_eval_version() -> str:
    return importlib.metadata.version("lm-eval")


def _sweep(grid: dict[Any, list[float]]) -> list[dict[str, float]]:
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def _versions(components: list[PlannedDomain] | list[PlannedMethod]) -> dict[str, str]:
    return {(c.ref.id if isinstance(c, PlannedDomain) else c.use.id): c.version for c in components}


def _exposure_label(exposure: ExposureInput | None) -> str:
    if exposure is None:
        return "λ=0"
    return f"λ={exposure.fraction:g}" + (f" of {exposure.source}" if exposure.source != "target" else "")
