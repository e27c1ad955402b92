"""One run of a stage, watched from the inside: what moved, what was spent, what was left changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from earlyexp_bench.stages.context import StageResult
from earlyexp_bench.training import Batch, MakeMethod, Method, MethodContext, Mixture, Observer, Tensors, TrainingResult
from earlyexp_testing.conformance.global_state import TORCH_SEED, differences, snapshot
from earlyexp_testing.conformance.method_counts import Work, counting
from earlyexp_testing.conformance.method_points import Watch
from earlyexp_testing.conformance.method_runs import Bits, bits_of, traceback_of
from earlyexp_testing.conformance.method_scene import Scene
from earlyexp_testing.conformance.tiny_house import CONTEXT, VOCABULARY, run_stage

Phase = Literal["building", "training", "unwrapping", "saving", "done"]
PHASES: tuple[Phase, ...] = ("building", "training", "unwrapping", "saving", "done")


@dataclass
class Trace:
    """What came of one run. Whatever was not reached is empty.

    Attributes:
        phase: How far it came: ``building``, ``training``, ``unwrapping``, ``saving``, ``done``.
        error: Why it ended early, with the end of the traceback.
        state: Changes of shared state that were left.
        inputs: Changes of what the method was given.
        planned: Tokens of the stage by source, before the method changed the order.
        result: What the stage found.
        bits: What it left.
        counts: What it computed.
        trained_rows: Sequences of the stage's order that entered updates.
        method_tokens: Tokens by source that entered updates beside them, as the host counts.
        declared: Parameter to whether it requires a gradient when training starts.
        moved: Parameters that training changed.
        same_as_start: Outputs that equal the stage's start.
        adapted: Whether the trained model holds other tensors than the plain one.
        swapped: Whether unwrapping put other weights in, as an average of weights does.
        merge_difference: Largest difference of logits between the trained and the unwrapped model.
        reload_differences: Output to the largest difference between its weights in memory and as reloaded.
        opened_differences: Output to the largest difference of logits between the model in memory and as reloaded.
    """

    phase: Phase = "building"
    error: str = ""
    state: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    planned: Mapping[str, int] = field(default_factory=dict)
    result: StageResult | None = None
    bits: Bits | None = None
    counts: Work = field(default_factory=Work)
    trained_rows: int = 0
    method_tokens: Mapping[str, int] = field(default_factory=dict)
    declared: Mapping[str, bool] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    same_as_start: tuple[str, ...] = ()
    adapted: bool = False
    swapped: bool = False
    merge_difference: float = 0.0
    reload_differences: dict[str, float] = field(default_factory=dict)
    opened_differences: dict[str, float] = field(default_factory=dict)


def trace_run(scene: Scene, root: Path) -> Trace:
    """Run a stage with the method watched at every point; never raise for what the method does."""
    run = _Tracer(scene)
    with counting() as run.trace.counts:
        try:
            run.trace.result, directory = run_stage(root, scene.spec, run)
            run.trace.bits = bits_of(run.trace.result, directory)
            run.trace.phase = "done"
            run.compare_reloaded(directory)
        except Exception as error:  # noqa: BLE001 - whatever the method raises is a finding
            run.trace.error = traceback_of(error)
    run.trace.state, run.trace.inputs = tuple(run.watch.state), tuple(run.watch.inputs)
    return run.trace


class _Tracer(Observer):
    """Looks on, and notes."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.trace, self.watch = scene, Trace(), Watch()
        self.outputs: dict[str, Tensors] = {}
        self.kept_logits: dict[str, torch.Tensor] = {}
        self.trained_weights: Tensors = {}
        self.start: Tensors = {}
        self.before: Tensors = {}
        self.shared: Mapping[str, object] = {}
        self.logits = torch.zeros(0)

    def started(self, model: torch.nn.Module, mixture: Mixture) -> None:
        self.trace.planned = mixture.tokens()
        self.start = _copied(model.state_dict())

    def make(self, method: str, load: Callable[[], MakeMethod], params: Any, context: MethodContext) -> Method:  # noqa: ANN401
        if method != self.scene.method:
            return load()(params, context)
        heavy = self.watch.calling("importing its heavy half", load)
        given = {"its parameters": params, "its context": context}
        return self.watch.attach(self.watch.calling("__init__", lambda: heavy(params, context), **given))

    def prepared(self, model: torch.nn.Module) -> None:
        self.trace.phase, self.watch.model = "training", model
        self.before = _copied(dict(model.named_parameters()))
        self.trace.declared = {name: p.requires_grad for name, p in model.named_parameters()}
        self.shared = snapshot()

    def batch(self, parts: Sequence[Batch]) -> None:
        self.trace.counts.batch = frozenset(tuple(row) for part in parts for row in part.ids.tolist())

    def passed(self, seed: int) -> None:
        if torch.initial_seed() != seed:
            self.watch.state["the model's forward pass changes the seed of torch's global random state"] = None

    def validating(self) -> AbstractContextManager[None]:
        return self.uncounted()

    def trained(self, model: torch.nn.Module, outcome: TrainingResult) -> None:
        self.trace.counts.batch = frozenset()
        self._note_state("training", self.shared)
        self.trace.trained_rows, self.trace.method_tokens = outcome.rows, dict(outcome.method_tokens)
        after = dict(model.named_parameters())
        self.trace.moved = frozenset(
            n for n, tensor in self.before.items() if n not in after or not torch.equal(tensor, after[n])
        )
        self.trained_weights, self.logits = _copied(model.state_dict()), self.uncounted_logits(model)
        self.trace.phase, self.watch.model = "unwrapping", None

    def _note_state(self, where: str, before: Mapping[str, object]) -> None:
        """Note what hooks in the model leave changed; the loop itself seeds torch before every forward pass."""
        for change in differences(before, snapshot(), drawn=True):
            if TORCH_SEED not in change:
                self.watch.state[f"{where} changes {change} and leaves it so"] = None

    def unwrapped(self, model: torch.nn.Module) -> None:
        self.trace.phase = "saving"
        if not isinstance(model, PreTrainedModel):  # which the stage refuses
            return
        state = model.state_dict()
        self.trace.adapted = state.keys() != self.trained_weights.keys()
        self.trace.swapped = not self.trace.adapted and not _same(state, self.trained_weights)
        self.trace.merge_difference = float((self.uncounted_logits(model) - self.logits).abs().max())

    def keeping(self, model: torch.nn.Module, outputs: Mapping[str, Tensors]) -> None:
        self.outputs = {name: _copied(tensors) for name, tensors in outputs.items()}
        self.trace.same_as_start = tuple(name for name, tensors in self.outputs.items() if _same(tensors, self.start))
        for name, tensors in self.outputs.items():
            model.load_state_dict(tensors)
            self.kept_logits[name] = self.uncounted_logits(model)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Until the end of the block, what passes the model is not the method's to declare."""
        self.trace.counts.validating = True
        try:
            yield
        finally:
            self.trace.counts.validating = False

    def uncounted_logits(self, model: Any) -> torch.Tensor:  # noqa: ANN401 - any causal LM, wrapped or not
        """Logits of a few tokens, which are not the method's to declare."""
        with self.uncounted():
            return _logits(model)

    def compare_reloaded(self, directory: Path) -> None:
        """Open every output as anyone would."""
        for name, tensors in self.outputs.items():
            opened = AutoModelForCausalLM.from_pretrained(directory / name)
            self.trace.reload_differences[name] = _difference(tensors, opened.state_dict())
            self.trace.opened_differences[name] = float(
                (self.uncounted_logits(opened) - self.kept_logits[name]).abs().max()
            )


def _copied(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _same(one: Tensors, other: Tensors) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _difference(one: Tensors, other: Tensors) -> float:
    """Largest difference of a tensor by name; infinite where one side has a tensor that the other lacks."""
    if one.keys() != other.keys() or any(one[name].shape != other[name].shape for name in one):
        return float("inf")
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


@torch.no_grad()
def _logits(model: Any) -> torch.Tensor:  # noqa: ANN401 - any causal LM, wrapped or not
    """Logits of two rows of tokens in evaluation mode; the mode and random states are put back."""
    training, state = model.training, torch.get_rng_state()
    model.eval()
    ids = torch.arange(2 * CONTEXT).view(2, CONTEXT) * 31 % VOCABULARY
    logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits.clone()
    model.train(training)
    torch.set_rng_state(state)
    return logits
