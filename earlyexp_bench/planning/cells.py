"""From a benchmark to a plan: its components looked up, then every cell of the sweeps with the stages that it needs."""

import itertools
from collections.abc import Collection, Iterator
from typing import Any

from earlyexp_bench.contracts import KeyPath, ParentRef
from earlyexp_bench.planning.budget import check_amounts, check_budgets
from earlyexp_bench.planning.checkpoint import plan_checkpoint
from earlyexp_bench.planning.claims import plan_claims
from earlyexp_bench.planning.components import check_losses, plan_domain, plan_evaluators, plan_methods
from earlyexp_bench.planning.methods import output_name, skip_reason
from earlyexp_bench.planning.plan import Cell, Plan
from earlyexp_bench.planning.recipes import placebos, related_placebo
from earlyexp_bench.planning.stages import (
    Draft,
    Roles,
    Setting,
    contamination_stages,
    evaluate_stage,
    finetune_stage,
    posttrain_stage,
    pretrain_stage,
    tokens_stage,
)
from earlyexp_bench.spec import Benchmark, LoadedBenchmark


def build_plan(loaded: LoadedBenchmark, seeds: list[int] | None = None, recipes: Collection[str] | None = None) -> Plan:
    """Plan every cell of a benchmark for ``seeds`` and ``recipes`` (default: all that it has).

    Raises:
        UserError: A component is missing, its parameters or data are wrong, or a budget cannot be met.
    """
    spec, draft, claims = loaded.spec, _draft(loaded), plan_claims(loaded)
    wanted = spec.recipes.keys() if recipes is None else recipes
    cells = [cell for seed in seeds or spec.seeds for cell in _cells(draft, seed, wanted)]
    tokens = {name: tokens_stage(draft, name) for name in draft.domains}
    contamination = {pipeline.name: contamination_stages(draft, pipeline) for pipeline in spec.pipelines}
    return Plan(loaded, list(draft.nodes.values()), cells, tokens, contamination, draft.domains, draft.methods, claims)


def _draft(loaded: LoadedBenchmark) -> Draft:
    """Look up every component, and refuse what no stage could do."""
    domains = {name: plan_domain(loaded, name, path) for name, path in _domain_names(loaded.spec).items()}
    check_budgets(loaded, domains)
    check_amounts(loaded)
    evaluators = plan_evaluators(loaded)
    check_losses(loaded, domains, evaluators)
    checkpoint = plan_checkpoint(loaded)
    methods = {name: plan_methods(loaded, name) for name in loaded.spec.recipes}
    return Draft(loaded, domains, evaluators, checkpoint, methods)


def _domain_names(spec: Benchmark) -> dict[str, KeyPath]:
    """Return every domain that takes part, with the key that names it first."""
    named: dict[str, KeyPath] = {spec.pretraining.corpus: ("pretraining", "corpus")}
    for index, pipeline in enumerate(spec.pipelines):
        named.setdefault(pipeline.target, ("pipelines", index, "target"))
        named.setdefault(pipeline.downstream, ("pipelines", index, "downstream"))
    for index, name in enumerate(spec.tokenizer.train_on if spec.tokenizer else ()):
        named.setdefault(name, ("tokenizer", "train_on", index))
    for recipe, name in placebos(spec):
        named.setdefault(name, ("recipes", recipe, "exposure", "source"))
    return named


def _cells(draft: Draft, seed: int, recipes: Collection[str]) -> Iterator[Cell]:
    """Yield the cells of one seed; stages they share are added once."""
    named = [(name, recipe) for name, recipe in draft.spec.recipes.items() if name in recipes]
    for pipeline, (name, recipe) in itertools.product(draft.spec.pipelines, named):
        reason = related_placebo(recipe, pipeline) or skip_reason(
            draft.spec, draft.model, draft.methods[name], recipe, pipeline
        )
        for posttraining in _points(draft.spec.posttraining.sweep):
            for finetuning in _points(draft.spec.finetuning.sweep):
                setting = Setting(name, recipe, pipeline, seed, posttraining, finetuning)
                if reason:
                    yield Cell(name, pipeline.name, seed, setting.sweep, "final", {}, reason)
                else:
                    yield from _scored(draft, setting)


def _points(grid: dict[Any, list[float]]) -> list[dict[str, float]]:
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def _scored(draft: Draft, setting: Setting) -> Iterator[Cell]:
    """Yield a cell for each way through the three training stages, of which methods may yield several checkpoints."""
    for pretrain in pretrain_stage(draft, setting):
        for posttrain in posttrain_stage(draft, setting, {"pretrain": pretrain}):
            before = {"pretrain": pretrain, "posttrain": posttrain}
            for finetune in finetune_stage(draft, setting, before):
                yield _cell(draft, setting, {**before, "finetune": finetune})


def _without_general(domains: Roles) -> Roles:
    """What is measured before fine-tuning: the target's loss, and whether the downstream task is already there."""
    return {role: domain for role, domain in domains.items() if role != "general"}


def _cell(draft: Draft, setting: Setting, trained: dict[str, ParentRef]) -> Cell:
    name, pipeline, seed = setting.name, setting.pipeline, setting.seed
    label, domains = f"evaluate {name} {pipeline.name} s{seed}", draft.spec.domains_of(pipeline)
    immediate = evaluate_stage(draft, trained["posttrain"], _without_general(domains), label)
    retained = evaluate_stage(draft, trained["finetune"], domains, label)
    stages = {**trained, "immediate": immediate, "retained": retained}
    return Cell(name, pipeline.name, seed, setting.sweep, output_name(trained), stages)
