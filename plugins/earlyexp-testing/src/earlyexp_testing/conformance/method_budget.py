"""A method spends what it declares: tokens that enter updates, optimizer steps, passes beside them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from earlyexp_bench.contracts.stages import TrainingOutput
from earlyexp_bench.training.method_tokens import OTHER
from earlyexp_testing.conformance.check import Check
from earlyexp_testing.conformance.method_evidence import finished
from earlyexp_testing.conformance.method_scene import Scene
from earlyexp_testing.conformance.method_trace import Trace
from earlyexp_testing.conformance.subject import Subject
from earlyexp_testing.conformance.tiny_house import CONTEXT

SLACK_TOKENS = 16 * CONTEXT
"""Forward passes that need not be declared: probes of a few rows."""


def _within_budget(subject: Subject) -> Iterator[str]:
    for stage, (scene, run) in finished(subject).items():
        yield from (f"{stage}: {problem}" for problem in (*_updates(scene, run), *_steps(run), *_passes(scene, run)))


def _updates(scene: Scene, run: Trace) -> Iterator[str]:
    """Compare tokens that entered updates; whole sequences make a difference of one a source."""
    assert run.result is not None
    spent, planned, added = _spent(run), dict(run.planned), scene.cost.update_tokens
    total, allowed = sum(spent.values()), sum(planned.values())
    if scene.stage == "finetune":
        if total > allowed + CONTEXT:
            yield (
                f"it trains on {total} tokens, the stage has {allowed}: take others out for those that you put in; "
                "whatever gets a gradient in a step is trained on, unless it is the step's own batch"
            )
        return
    for source in sorted(spent):
        most = planned.get(source, 0) + added.get(source, 0)
        if spent[source] > most + CONTEXT:
            yield f"it trains on {spent[source]} {source} tokens, the plan and `cost` have {most}: {_NEW_DATA}"


_NEW_DATA = (
    "declare them in `cost(...).update_tokens`, or put in fewer; `backward_tokens` are those that pass twice, as with "
    "SAM, and whatever else gets a gradient in a step is trained on"
)


def _spent(run: Trace) -> dict[str, int]:
    """Return what entered updates by source, with what passed the decoder where the host does not look."""
    assert run.result is not None
    unseen = run.counts.method_tokens - sum(run.method_tokens.values())
    return dict(Counter(run.result.tokens) + Counter({OTHER: max(0, unseen)}))


def _steps(run: Trace) -> Iterator[str]:
    assert run.result is not None
    assert isinstance(run.result.output, TrainingOutput)
    steps = run.result.output.steps
    if run.counts.updates > steps:
        yield f"optimizers took {run.counts.updates} steps in a stage of {steps}: call `apply` once in each `step`"


def _passes(scene: Scene, run: Trace) -> Iterator[str]:
    own = run.trained_rows * CONTEXT + run.counts.method_tokens
    backward = run.counts.backward_tokens - own
    forward = run.counts.forward_tokens - own - max(backward, 0)
    declared = _rounded(scene)
    if backward > declared["backward"] + SLACK_TOKENS:
        yield (
            f"{backward} further tokens pass forward and backward, `cost` declares {scene.cost.backward_tokens}: "
            "declare them in `cost(...).backward_tokens`"
        )
    elif forward + backward > declared["forward"] + declared["backward"] + SLACK_TOKENS:
        yield (
            f"{forward} further tokens pass forward, `cost` declares {scene.cost.forward_tokens}: declare them in "
            "`cost(...).forward_tokens`"
        )


def _rounded(scene: Scene) -> Mapping[str, float]:
    """Allow a tenth more: costs are declared for planned tokens, and whole sequences pass."""
    return {"backward": 1.1 * scene.cost.backward_tokens, "forward": 1.1 * scene.cost.forward_tokens}


CHECKS = (
    Check("method-budget", "method", "It spends no more tokens, steps and passes than it declares.", _within_budget),
)
