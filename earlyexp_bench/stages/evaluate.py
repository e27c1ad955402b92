"""Score one checkpoint on everything the benchmark measures, in one pass through lm-eval."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from earlyexp_bench.contracts import Domain, Evaluator, Split, UserError
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.contracts.stages import EvaluateInput, Measurement
from earlyexp_bench.evaluation import load_domain, task_prefix
from earlyexp_bench.evaluation.adapter import TaskRequest, quiet, score
from earlyexp_bench.evaluation.items import ITEMS_FILE, write_items
from earlyexp_bench.evaluation.model import CheckpointLM, load_lm
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.stages.ids import check_ids


def run(context: StageContext) -> StageResult:
    """Evaluate the parent ``model``; leave scores by role and split, and ``items.parquet``."""
    inputs = EvaluateInput.model_validate(context.spec.identity)
    _check_version(inputs)
    context.report({"phase": "loading"})
    with quiet():
        lm = load_lm(context.parent("model"), context.numerics)
    _check_window(inputs, lm)
    _check_ids(inputs, lm, context)
    requests = [request for measurement in inputs.measurements for request in _requests(context, measurement)]
    context.report({"phase": "scoring"})
    scores = score(lm, requests)
    write_items(context.directory / ITEMS_FILE, scores.items)
    return StageResult(scores.output, flops=2.0 * lm.parameters * lm.input_tokens, outputs=())


def _requests(context: StageContext, measurement: Measurement) -> Iterator[TaskRequest]:
    if measurement.task is not None:
        yield TaskRequest(measurement.task, max_documents=measurement.max_documents)
        return
    domain, role = measurement.domain, measurement.role
    if measurement.evaluator is None or domain is None or role is None or measurement.split is None:
        raise UserError(
            f"incomplete measurement: {measurement!r}",
            expected="an evaluator with a domain, a role and a split, or a task of lm-eval's own",
        )
    tasks = tasks_of(measurement, load_domain(context.parent_stage(role)), task_prefix(domain.id))
    for name, config in tasks.items():
        yield TaskRequest(name, config, role, measurement.split)


def tasks_of(measurement: Measurement, domain: Domain, name: str) -> dict[str, dict[str, Any]]:
    """Return the tasks, by name, that an evaluator makes of the split that is measured; ``name`` starts theirs."""
    assert measurement.evaluator is not None and measurement.split is not None
    definition = registry().evaluator(measurement.evaluator).definition
    evaluator: Evaluator = load_object(definition.implementation)(load_params(definition.params, measurement.params))
    return evaluator.tasks(domain, name, measurement.split, measurement.max_documents)


def _check_version(inputs: EvaluateInput) -> None:
    installed = version("lm-eval")
    if installed != inputs.lm_eval_version:
        raise UserError(
            f"this evaluation was planned with lm-eval {inputs.lm_eval_version}, {installed} is installed",
            expected="the same version where runs are planned and where they are done",
        )


def _check_window(inputs: EvaluateInput, lm: CheckpointLM) -> None:
    """Refuse a checkpoint that says another window: the lm_eval command would then score it differently."""
    if lm.max_length != inputs.context:
        raise UserError(
            f"the checkpoint's max_position_embeddings is {lm.max_length}, the training context {inputs.context}",
            expected="checkpoints exported with the training context",
        )


def _check_ids(inputs: EvaluateInput, lm: CheckpointLM, context: StageContext) -> None:
    """Compare ids once for each split that is measured, of as many documents as any evaluator takes."""
    measured: dict[tuple[str, Split], list[int | None]] = {}
    for one in inputs.measurements:
        if one.role is not None and one.split is not None:
            measured.setdefault((one.role, one.split), []).append(one.max_documents)
    for (role, split), limits in measured.items():
        known = [limit for limit in limits if limit is not None]
        check_ids(lm, context.parent_stage(role), split, max(known) if len(known) == len(limits) else None)
