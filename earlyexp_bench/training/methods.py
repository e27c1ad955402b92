"""What a method does in the worker: a class of no-op points, and the composition of several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from earlyexp_bench.contracts import PlannedStage, TrainingStage, UserError
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training.mixture import Mixture, planned_by
from earlyexp_bench.training.order import generator_seed
from earlyexp_bench.training.rates import rate_factors
from earlyexp_bench.training.sequences import Sequences

Tensors = dict[str, torch.Tensor]
Backward = Callable[[], torch.Tensor]
Apply = Callable[[], None]


@dataclass(frozen=True)
class Batch:
    """Rows of one forward pass.

    Attributes:
        ids: Token ids, shape (samples, context).
        scored: Tokens that are trained on, shape (samples, context).
    """

    ids: torch.Tensor
    scored: torch.Tensor


@dataclass(frozen=True)
class MethodContext:
    """What a method may know about the stage it acts in.

    Attributes:
        planned: Its kind, and how long it is in tokens and optimizer steps: without what methods add until every
            `mixture` is done, then with it. Early stopping may end it sooner.
        optimization: Batch, schedule and AdamW's parameters, as swept and scaled by `lr_scale`.
        seed: The stage's seed; key every random draw by it and a word of your own.
        device: Where the model is trained.
        micro_batch: Sequences of one forward pass at most; None: any number.
        tokens: The streams that ``needs`` asked for, packed as their own stages pack them.
        sidecars: The tensors that ``needs`` asked for, by method id.
    """

    planned: PlannedStage
    optimization: Optimization
    seed: int
    device: torch.device
    micro_batch: int | None = None
    tokens: Mapping[str, Sequences] = field(default_factory=dict)
    sidecars: Mapping[str, Tensors] = field(default_factory=dict)

    @property
    def stage(self) -> TrainingStage:
        """``pretrain``, ``posttrain`` or ``finetune``."""
        return self.planned.stage


class Method:
    """Base class of heavy halves; override the points that the method needs.

    Args:
        params: The validated parameters of the light half.
        context: The stage it acts in.

    Attributes:
        replaces_weight_decay: True where the method's penalty stands in for weight decay, which is then 0.
    """

    replaces_weight_decay: bool = False

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - each method has its own model
        self.params = params
        self.context = context

    def mixture(self, mixture: Mixture) -> Mixture:
        """Change the planned order, before anything is trained."""
        return mixture

    def wrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Change the model before the optimizer exists: adapters, freezing. Return what is trained."""
        return model

    def prepare(self, model: torch.nn.Module) -> None:
        """Look at the starting weights, after every wrap: anchors, Fisher, base losses."""

    def learning_rates(self, model: torch.nn.Module) -> Mapping[str, float]:
        """Return factors on the stage's learning rate, by the names of ``model.named_parameters()``.

        Called once, after every `prepare`. What is not named keeps the factor 1; 0 is allowed, but what stays is better
        frozen in `wrap`. Weight decay, of which each step takes the rate's share, follows.
        """
        return {}

    def sample_weights(self, batch: Batch) -> torch.Tensor | None:
        """Return a factor on the loss of each row, shape (samples,), or None for 1.

        It multiplies the NLL of the row's scored tokens; the sum is divided by the number of scored tokens of
        the global batch, whatever the weights are.
        """
        return None

    def penalty(self, model: torch.nn.Module) -> torch.Tensor | None:
        """Return a scalar that is added to the mean loss of the global batch, or None."""
        return None

    def step(self, backward: Backward, apply: Apply) -> torch.Tensor:
        """Take one optimizer step and return the loss; at most one method of a stage overrides it.

        Args:
            backward: Adds the gradient of the whole global batch's loss to ``.grad`` and returns that loss
                without penalties. Called again, it draws the same random numbers.
            apply: Clips the gradients, updates the weights, clears the gradients.
        """
        loss = backward()
        apply()
        return loss

    def after_step(self, model: torch.nn.Module, step: int) -> None:
        """Look at or change the weights after optimizer step ``step``, counted from 0."""

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Undo ``wrap``, or put in the weights to keep. Called in reverse order; return a plain model."""
        return model

    def outputs(self, start: Tensors, final: Tensors) -> dict[str, Tensors]:
        """Return the checkpoints to keep, by the names that the light half declares.

        Args:
            start: State dict that the stage began with.
            final: State dict after every unwrap.
        """
        return {"final": final}

    def sidecar(self, model: torch.nn.Module) -> Tensors:
        """Return tensors for later stages, or nothing; ``model`` is the plain one, after every unwrap."""
        return {}

    def state_dict(self) -> Tensors:
        """Return what changes between steps, for checkpoints and best weights."""
        return {}

    def load_state_dict(self, tensors: Tensors) -> None:
        """Put back what ``state_dict`` returned."""


class MethodStack:
    """The methods of a stage with their ids, composed.

    Mixtures, wraps and preparations apply in list order, sample weights and learning rates multiply, penalties add,
    unwraps apply in reverse.

    Raises:
        UserError: Two of them override ``step``, or two ``outputs``.
    """

    def __init__(self, methods: Sequence[tuple[str, Method]]) -> None:
        self.named = methods
        self.methods = [method for _, method in methods]
        self._stepper = self._only("step")
        self._brancher = self._only("outputs")

    @property
    def replaces_weight_decay(self) -> bool:
        """Whether any method stands in for weight decay."""
        return any(method.replaces_weight_decay for method in self.methods)

    @property
    def needs_start(self) -> bool:
        """Whether the starting weights are read at the end."""
        return self._brancher is not None

    def mixture(self, mixture: Mixture) -> Mixture:
        """Apply every mixture, and tell every method how long the stage is with what they add."""
        for method in self.methods:
            mixture = method.mixture(mixture)
        for method in self.methods:
            planned = planned_by(mixture, method.context.stage, method.context.planned.batch_tokens)
            method.context = replace(method.context, planned=planned)
        return mixture

    def wrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Apply every wrap."""
        for name, method in self.named:
            _seed(name, method, "wrap")
            model = method.wrap(model)
        return model

    def prepare(self, model: torch.nn.Module) -> None:
        """Let every method look at the starting weights."""
        for name, method in self.named:
            _seed(name, method, "prepare")
            method.prepare(model)

    def learning_rates(self, model: torch.nn.Module) -> dict[torch.nn.Parameter, float]:
        """Multiply the factors of all methods; without the parameters that none names.

        Raises:
            UserError: A method names no parameter of the model, or gives no factor.
        """
        factors: dict[torch.nn.Parameter, float] = {}
        for name, method in self.named:
            for parameter, factor in rate_factors(name, method.learning_rates(model), model).items():
                factors[parameter] = factors.get(parameter, 1.0) * factor
        return factors

    def sample_weights(self, batch: Batch) -> torch.Tensor | None:
        """Multiply the weights of all methods; None where none has any."""
        found = [weights for method in self.methods if (weights := method.sample_weights(batch)) is not None]
        return torch.stack(found).prod(dim=0) if found else None

    def penalty(self, model: torch.nn.Module) -> torch.Tensor | None:
        """Add the penalties of all methods; None where none has any."""
        found = [penalty for method in self.methods if (penalty := method.penalty(model)) is not None]
        return torch.stack(found).sum() if found else None

    def step(self, backward: Backward, apply: Apply) -> torch.Tensor:
        """Take one optimizer step, as the one method says that overrides it."""
        if self._stepper is not None:
            return self._stepper.step(backward, apply)
        loss = backward()
        apply()
        return loss

    def after_step(self, model: torch.nn.Module, step: int) -> None:
        """Tell every method that a step is done."""
        for method in self.methods:
            method.after_step(model, step)

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Apply every unwrap in reverse order."""
        for method in reversed(self.methods):
            model = method.unwrap(model)
        return model

    def outputs(self, start: Tensors, final: Tensors) -> dict[str, Tensors]:
        """Return the checkpoints to keep."""
        return {"final": final} if self._brancher is None else self._brancher.outputs(start, final)

    def sidecars(self, model: torch.nn.Module) -> dict[str, Tensors]:
        """Return the tensors for later stages by method id, without the methods that have none."""
        found = {}
        for name, method in self.named:
            _seed(name, method, "sidecar")
            found[name] = method.sidecar(model)
        return {name: tensors for name, tensors in found.items() if tensors}

    def state_dict(self) -> Tensors:
        """Return the state of all methods as ``<place>.<name>``."""
        return {
            f"{place}.{name}": tensor
            for place, method in enumerate(self.methods)
            for name, tensor in method.state_dict().items()
        }

    def load_state_dict(self, tensors: Tensors) -> None:
        """Put back what ``state_dict`` returned."""
        for place, method in enumerate(self.methods):
            prefix = f"{place}."
            method.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})

    def _only(self, point: str) -> Method | None:
        """Return the one method that overrides a point."""
        overriding = [pair for pair in self.named if getattr(type(pair[1]), point) is not getattr(Method, point)]
        if len(overriding) > 1:
            names = " and ".join(name for name, _ in overriding)
            raise UserError(f"{names} both override `{point}`", expected="at most one such method in a stage")
        return overriding[0][1] if overriding else None


def _seed(name: str, method: Method, point: str) -> None:
    """Give a method random numbers that no other method's presence changes."""
    torch.manual_seed(generator_seed(method.context.seed, method.context.stage, point, name))
