"""What the three training stages share: streams and methods before training, checkpoints and a record after."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from earlyexp_bench.contracts import (
    EarlyExpError,
    LossOn,
    MethodDefinition,
    PlannedStage,
    StoreError,
    TrainingStage,
    UserError,
    sidecar_role,
)
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.contracts.stages import MethodUse, Optimization, TrainingOutput, Validation, ValidationPoint
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.stages.context import StageContext, StageResult
from earlyexp_bench.training import (
    EarlyStopping,
    Job,
    Method,
    MethodContext,
    MethodStack,
    MethodTokens,
    Mixture,
    Observer,
    Sequences,
    Stopping,
    Tensors,
    TrainingResult,
    count_parameters,
    export_model,
    load_split,
    make_accelerator,
    pack,
    planned_by,
    train,
    training_flops_per_token,
)

SIDECARS = "sidecars"


@dataclass(frozen=True)
class Training:
    """A training stage, ready to run.

    Attributes:
        model: The starting weights.
        mixture: The planned order, before methods change it.
        methods: As the recipe lists them.
        tokenizer: Directory whose tokenizer files go with the outputs.
        streams: Packed sequences that methods may ask for.
    """

    context: StageContext
    stage: TrainingStage
    model: PreTrainedModel
    mixture: Mixture
    optimization: Optimization
    methods: tuple[MethodUse, ...]
    tokenizer: Path
    streams: Mapping[str, Sequences] = field(default_factory=dict)
    stopping: Stopping | None = None

    @property
    def observer(self) -> Observer:
        """Who looks on."""
        return self.context.observer or Observer()


@dataclass(frozen=True)
class _Planned:
    """A method's light half with its parameters."""

    id: str
    definition: MethodDefinition[Any]
    params: BaseModel


def packed(
    context: StageContext, role: str, tokens: int, length: int, loss_on: Mapping[str, LossOn], repeats: int = 1
) -> Sequences:
    """Pack the train split of the domain in ``role``; equal arguments give equal sequences in every stage."""
    split = load_split(context.parent_stage(role), "train")
    chosen = loss_on.get(role, "text")
    return pack(split, tokens=tokens, context=length, seed=context.seed, role=role, loss_on=chosen, repeats=repeats)


def run_training(training: Training) -> StageResult:
    """Train with methods, write every output, and say what happened."""
    context, planned = training.context, _planned(training.methods)
    accelerator = make_accelerator(context.numerics)
    _check_ranks(accelerator.num_processes, context.spec.processes)
    model = training.model.to(accelerator.device)
    training.observer.started(model, training.mixture)
    method_tokens = MethodTokens()
    methods = MethodStack([(p.id, _build(p, training, accelerator.device, method_tokens)) for p in planned])
    mixture = methods.mixture(training.mixture)
    start = _state(model) if methods.needs_start else {}
    context.report({"phase": "preparing"})
    wrapped = methods.wrap(model)
    methods.prepare(wrapped)
    training.observer.prepared(wrapped)
    outcome = train(_job(training, mixture, method_tokens), wrapped, methods)
    training.observer.trained(wrapped, outcome)
    context.report({"phase": "saving"})
    unwrapped = methods.unwrap(wrapped)
    training.observer.unwrapped(unwrapped)
    plain = _plain(unwrapped)
    outputs, sidecars = methods.outputs(start, _state(plain)), methods.sidecars(plain)
    result = StageResult(
        _output(outcome, mixture, plain),
        tokens=dict(Counter(mixture.tokens(outcome.rows)) + Counter(outcome.method_tokens)),
        flops=_flops(training, outcome, mixture, planned, plain),
        outputs=_declared(outputs, planned),
    )
    if accelerator.is_main_process:
        training.observer.keeping(plain, outputs)
        _write_outputs(plain, outputs, training)
        _write_sidecars(sidecars, context.directory / SIDECARS)
    accelerator.wait_for_everyone()
    return result


def _check_ranks(here: int, planned: int) -> None:
    """Refuse to train alone what others are to train as well, or the other way round."""
    if here != planned:
        raise UserError(
            f"{planned} ranks are to train this stage together, and this process is one of {here}",
            expected=f"torchrun with --nproc-per-node={planned}",
        )


def _planned(uses: tuple[MethodUse, ...]) -> list[_Planned]:
    found = []
    for use in uses:
        definition: MethodDefinition[Any] = registry().method(use.id).definition
        found.append(_Planned(use.id, definition, load_params(definition.Params, use.params)))
    return found


def _build(planned: _Planned, training: Training, device: torch.device, method_tokens: MethodTokens) -> Method:
    context, needs = training.context, planned.definition.needs(planned.params, training.stage)
    if training.stage not in planned.definition.stages:
        allowed = ", ".join(sorted(planned.definition.stages))
        raise UserError(f"{planned.id} cannot act in {training.stage}", expected=f"one of: {allowed}")
    missing = needs.tokens - set(training.streams)
    if missing:
        raise UserError(
            f"{planned.id} reads {', '.join(sorted(missing))} tokens, which this {training.stage} stage has not",
            expected="a plan that names them in `needs`",
        )
    told = MethodContext(
        planned=planned_by(training.mixture, training.stage, training.optimization.batch_tokens),
        optimization=training.optimization,
        seed=context.seed,
        device=device,
        micro_batch=context.numerics.micro_batch,
        tokens={role: method_tokens.given(role, training.streams[role]) for role in needs.tokens},
        sidecars={name: _sidecar(context, name, device) for name in sorted(needs.sidecars)},
    )
    implementation = planned.definition.implementation
    return training.observer.make(planned.id, lambda: load_object(implementation), planned.params, told)


def _sidecar(context: StageContext, method: str, device: torch.device) -> Tensors:
    """Read what a method kept in the earlier stage that the plan names as a parent."""
    role = sidecar_role(method)
    if role not in context.spec.parents:
        raise UserError(f"no earlier stage is named that kept {method}", expected=f"a parent {role!r}")
    path = context.parent_stage(role) / SIDECARS / _sidecar_name(method)
    if not path.is_file():
        raise StoreError(f"{method} kept nothing for later stages in the {context.spec.parents[role].kind} stage")
    return load_file(path, device=str(device))


def _sidecar_name(method: str) -> str:
    return f"{method.replace('/', '__')}.safetensors"


def _job(training: Training, mixture: Mixture, method_tokens: MethodTokens) -> Job:
    context = training.context
    return Job(
        stage=training.stage,
        seed=context.seed,
        mixture=mixture,
        optimization=training.optimization,
        numerics=context.numerics,
        stopping=training.stopping,
        checkpoint_directory=context.directory / "checkpoint",
        checkpoint_seconds=context.spec.runtime.checkpoint_seconds,
        report=context.report,
        method_tokens=method_tokens,
        observer=training.observer,
    )


def _state(model: torch.nn.Module) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _plain(model: torch.nn.Module) -> PreTrainedModel:
    if not isinstance(model, PreTrainedModel):
        raise EarlyExpError(f"unwrapping left a {type(model).__name__}, not a transformers model")
    return model


def _declared(outputs: Mapping[str, Tensors], planned: list[_Planned]) -> tuple[str, ...]:
    """Names of the outputs in the order that the light halves declare."""
    declared = next((o for p in planned if (o := p.definition.outputs(p.params)) != ("final",)), ("final",))
    if set(outputs) != set(declared):
        raise EarlyExpError(f"the methods declare the outputs {declared} and gave {tuple(outputs)}")
    return tuple(declared)


def _write_outputs(model: PreTrainedModel, outputs: Mapping[str, Tensors], training: Training) -> None:
    for name, weights in outputs.items():
        model.load_state_dict(weights)
        export_model(model, training.context.directory / name, training.tokenizer)


def _write_sidecars(sidecars: Mapping[str, Tensors], directory: Path) -> None:
    for method, tensors in sidecars.items():
        directory.mkdir(exist_ok=True)
        save_file({k: t.detach().cpu().contiguous() for k, t in tensors.items()}, directory / _sidecar_name(method))


def _output(outcome: TrainingResult, mixture: Mixture, model: PreTrainedModel) -> TrainingOutput:
    stopping = outcome.early_stopping
    return TrainingOutput(
        steps=outcome.steps,
        planned_tokens=sum(mixture.tokens().values()),
        parameters=count_parameters(model),
        final_training_loss=outcome.loss,
        stopped=outcome.stopped,
        # Caps and curves count the main source alone, so that recipes with and without replay compare.
        stopped_at_tokens=int(mixture.main_tokens[outcome.rows])
        if stopping
        else sum(mixture.tokens(outcome.rows).values()),
        validation=_validation(outcome, stopping, mixture.pass_tokens) if stopping else None,
    )


def _validation(outcome: TrainingResult, stopping: EarlyStopping, pass_tokens: int) -> Validation:
    fall = stopping.last_fall(pass_tokens)
    return Validation(
        best_loss=stopping.best_loss,
        best_at_tokens=stopping.best_tokens,
        curve=[ValidationPoint(tokens=tokens, loss=loss) for tokens, loss in stopping.curve],
        last_fall=fall,
        converged=outcome.stopped == "converged" or (fall is not None and fall <= stopping.rule.min_delta),
    )


def _flops(
    training: Training, outcome: TrainingResult, mixture: Mixture, planned: list[_Planned], model: PreTrainedModel
) -> float:
    """Of updates, and of what the methods declare beside them; a forward pass is a third of a token's FLOPs."""
    tokens = sum(mixture.tokens(outcome.rows).values())
    batch_tokens = training.optimization.batch_tokens
    came_to = PlannedStage(training.stage, tokens, mixture.context, batch_tokens, outcome.steps)
    costs = [p.definition.cost(p.params, came_to) for p in planned]
    further = sum(cost.backward_tokens + cost.forward_tokens / 3 for cost in costs)
    return training_flops_per_token(model, mixture.context) * (tokens + further)
