"""Looking on while a training stage runs, for tests and tools: so the conformance kit sees what a method does."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from earlyexp_bench.training.methods import Batch, Method, MethodContext, Tensors
from earlyexp_bench.training.mixture import Mixture

if TYPE_CHECKING:
    from earlyexp_bench.training.loop import TrainingResult

MakeMethod = Callable[[Any, MethodContext], Method]


class Observer:
    """What a stage tells of itself, in the order of its points; nothing is done unless a point is overridden.

    What is shown is the stage's own: an observer copies what it keeps, and changes nothing. `StageContext` and `Job`
    take one; no key or record knows of it. What it raises ends the stage.
    """

    def started(self, model: torch.nn.Module, mixture: Mixture) -> None:
        """The starting weights are loaded, and ``mixture`` is the planned order; no method has been made."""

    def make(self, method: str, load: Callable[[], MakeMethod], params: Any, context: MethodContext) -> Method:  # noqa: ANN401
        """Make a method, whose heavy half ``load`` imports; an observer may look at every call of what it returns."""
        return load()(params, context)

    def prepared(self, model: torch.nn.Module) -> None:
        """Methods have wrapped the model and are prepared; the first step is next."""

    def batch(self, parts: Sequence[Batch]) -> None:
        """A step starts on these micro-batches of this rank."""

    def passed(self, seed: int) -> None:
        """A micro-batch has passed the model, before which torch was seeded with ``seed``; its gradient is next."""

    def validating(self) -> contextlib.AbstractContextManager[object]:
        """Return a context in which the validation loss is measured."""
        return contextlib.nullcontext()

    def stepped(self, step: int) -> None:
        """So many optimizer steps are done, and a checkpoint is written where one was due."""

    def trained(self, model: torch.nn.Module, outcome: "TrainingResult") -> None:
        """The last step is done, and the best weights are in ``model``, which is still wrapped."""

    def unwrapped(self, model: torch.nn.Module) -> None:
        """Methods have unwrapped the model: what is returned by the last of them, sound or not."""

    def keeping(self, model: torch.nn.Module, outputs: Mapping[str, Tensors]) -> None:
        """Outputs are about to be written by loading each into ``model``, whose weights may be overwritten here."""
