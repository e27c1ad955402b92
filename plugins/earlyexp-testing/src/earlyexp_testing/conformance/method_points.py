"""Every point of a method, watched: does it leave what it is given, and what all share, as they were?"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch

from earlyexp_bench.training import Method
from earlyexp_testing.conformance.global_state import differences, snapshot

POINTS: dict[str, tuple[str, ...]] = {
    "mixture": ("mixture",),
    "wrap": ("model",),
    "prepare": ("model",),
    "learning_rates": ("model",),
    "sample_weights": ("batch",),
    "penalty": ("model",),
    "after_step": ("model", "step"),
    "unwrap": ("model",),
    "outputs": ("start", "final"),
    "sidecar": ("model",),
    "state_dict": (),
    "load_state_dict": ("tensors",),
}
"""Every point but `step`, and what it is given."""
SEEDED = {"wrap", "prepare", "sidecar"}
"""Points before which torch's generator is seeded for the method, so that it may draw."""
_LEAVES_WEIGHTS = {"prepare", "learning_rates", "sample_weights", "penalty", "sidecar", "state_dict"}
_LEAVES_MODE = {"learning_rates", "sample_weights", "penalty", "step", "after_step", "state_dict"}


class Watch:
    """Notes of one run.

    Attributes:
        state: Changes of what all code of a process shares, each with the point that made it.
        inputs: Changes of what a point was given.
        model: The trained model, as soon as there is one.
    """

    def __init__(self) -> None:
        self.state: dict[str, None] = {}
        self.inputs: dict[str, None] = {}
        self.model: torch.nn.Module | None = None

    def attach(self, method: Method) -> Method:
        """Watch every point of a method from now on."""
        for point in POINTS:
            setattr(method, point, self._watched(point, getattr(method, point), method))
        method.step = self._watched_step(method.step, method)  # type: ignore[method-assign]
        return method

    def calling(self, point: str, call: Callable[[], Any], **given: Any) -> Any:  # noqa: ANN401 - what the call returns
        """Call something that is no point, such as the constructor, and note what it leaves changed."""
        inputs, before = _copied(given), snapshot()
        try:
            return call()
        finally:
            self._note_state(point, before)
            self._note_inputs(point, inputs, given)

    def _watched(self, point: str, call: Callable[..., Any], method: Method) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:  # noqa: ANN401 - as the point
            given = {"its parameters": method.params, "its context": method.context}
            given |= dict(zip(POINTS[point], arguments, strict=False))
            model = given["model"] if isinstance(given.get("model"), torch.nn.Module) else self.model
            inputs, before, seen = _copied(given), snapshot(), _Seen.of(model, point)
            try:
                return call(*arguments)
            finally:
                self._note_state(point, before)
                self._note_inputs(point, inputs, given)
                self._note_model(point, seen, _Seen.of(model, point))

        return watched

    def _watched_step(self, call: Callable[..., Any], method: Method) -> Callable[..., Any]:
        """Watch what `step` does around the two functions that it is given, which set random states themselves."""

        def watched(backward: Callable[[], Any], apply: Callable[[], None]) -> Any:  # noqa: ANN401 - as `step`
            before = [snapshot()]

            def ours(function: Callable[[], Any]) -> Callable[[], Any]:
                def called() -> Any:  # noqa: ANN401 - as the function
                    self._note_state("step", before[0])
                    try:
                        return function()
                    finally:
                        before[0] = snapshot()

                return called

            given = {"its parameters": method.params, "its context": method.context}
            inputs, seen = _copied(given), _Seen.of(self.model, "step")
            try:
                return call(ours(backward), ours(apply))
            finally:
                self._note_state("step", before[0])
                self._note_inputs("step", inputs, given)
                self._note_model("step", seen, _Seen.of(self.model, "step"))

        return watched

    def _note_state(self, point: str, before: Mapping[str, object]) -> None:
        for change in differences(before, snapshot(), drawn=point in SEEDED):
            self.state[f"{point} changes {change} and leaves it so"] = None

    def _note_inputs(self, point: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        after = _copied(given)
        changed = sorted(name for name in before if not _equal(before[name], after.get(name)))
        if changed:
            self.inputs[f"{point} changes {_some(changed)} in place"] = None

    def _note_model(self, point: str, before: "_Seen", after: "_Seen") -> None:
        changed = [name for name, tensor in before.tensors.items() if not _equal(tensor, after.tensors.get(name))]
        if changed:
            self.inputs[f"{point} changes the model: {_some(changed)}"] = None
        if point in _LEAVES_MODE and before.training != after.training:
            mode = "training" if after.training else "evaluation"
            self.state[f"{point} leaves the model in {mode} mode"] = None


@dataclass(frozen=True)
class _Seen:
    """A model before or after a point: its mode, and copies of what the point leaves alone."""

    training: bool | None
    tensors: Mapping[str, torch.Tensor | None]

    @classmethod
    def of(cls, model: torch.nn.Module | None, point: str) -> "_Seen":
        named = {} if model is None else dict(model.named_parameters())
        tensors: dict[str, torch.Tensor | None] = {}
        if point in _LEAVES_WEIGHTS:
            tensors = {f"the gradient of {n}": None if p.grad is None else p.grad.clone() for n, p in named.items()}
            tensors |= {name: parameter.detach().clone() for name, parameter in named.items()}
        return cls(None if model is None else model.training, tensors)


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _copied(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return copies of all arrays, tensors and parameters in the arguments, by where they are."""
    return dict(item for name, value in given.items() for item in _parts(name, value))


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any argument
    if isinstance(value, torch.Tensor):
        yield name, value.detach().clone()
    elif isinstance(value, np.ndarray):
        yield name, value.copy()
    elif hasattr(value, "model_dump"):
        yield name, copy.deepcopy(value.__dict__)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _parts(f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield f"{name}.keys", sorted(map(str, value))
        for key, item in value.items():
            yield from _parts(f"{name}.{key}", item)
    elif isinstance(value, list | tuple | set | frozenset | str | int | float):
        yield name, copy.deepcopy(value)


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - as they come
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return type(one) is type(other) and bool(one == other)
