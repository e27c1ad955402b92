"""A method runs wherever it says, trains, and what it trained is what is kept."""

from collections.abc import Iterator

from earlyexp_testing.conformance import files, network
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.method_evidence import reached, scenes, trace
from earlyexp_testing.conformance.method_trace import Trace
from earlyexp_testing.conformance.subject import Subject

LARGEST_DIFFERENCE = 1e-4
"""Of logits, between the model that was trained and the one that is kept."""
_FROZE_ALL = "no parameter requires gradients"
_NO_GRADIENT = "does not require grad"
_NO_RATE = "lr_scale"


def _runs(subject: Subject) -> Iterator[str]:
    found = scenes(subject)
    if found.refused and not found.ready and not found.impossible:
        reasons = "; ".join(f"{stage}: {reason}" for stage, reason in found.refused.items())
        yield f"it refuses every stage of a small Llama, so nothing of it can be checked ({reasons})"
    for stage, reason in found.impossible.items():
        if _NO_RATE not in reason and not files.noted():
            yield f"{stage} cannot be set up: {reason}"
    for stage in found.ready:
        run = trace(subject, stage)
        if run.error and run.phase != "saving" and not _said_elsewhere(run):
            yield f"{stage} ends in an error while {run.phase}:\n{run.error}"


def _said_elsewhere(run: Trace) -> bool:
    """Tell whether another check names what most likely led to the error."""
    return bool(
        network.attempts()
        or files.noted()
        or run.state
        or run.inputs
        or _FROZE_ALL in run.error
        or _NO_GRADIENT in run.error
    )


def _trains(subject: Subject) -> Iterator[str]:
    impossible = {stage: why for stage, why in scenes(subject).impossible.items() if _NO_RATE in why}
    yield from (f"{stage}: {reason}" for stage, reason in impossible.items())
    if impossible:
        return
    runs = reached(subject, "training")
    told = {stage: run for stage, run in runs.items() if _froze(run) or run.phase in ("unwrapping", "saving", "done")}
    if not told:
        raise NotMade("no stage was trained to its end")
    for stage, run in told.items():
        if _froze(run):
            yield f"{stage}: no gradient reaches a parameter: leave `requires_grad` on where the loss depends on it"
        else:
            yield from (f"{stage}: {problem}" for problem in _movement(run))


def _froze(run: Trace) -> bool:
    return _FROZE_ALL in run.error or (_NO_GRADIENT in run.error and not run.state)


def _movement(run: Trace) -> Iterator[str]:
    declared = {name for name, trained in run.declared.items() if trained}
    if not run.moved:
        yield (
            "no parameter moved, though AdamW took its steps at a usual rate: return from `wrap` the model that is to "
            "be trained, and let gradients reach it (`backward`, then `apply`)"
        )
        return
    if undeclared := sorted(run.moved - declared):
        yield f"{_some(undeclared)} moved without `requires_grad`: turn it on for what is trained, leave the rest alone"
    if still := sorted(declared - run.moved):
        yield (
            f"{_some(still)} of {len(declared)} that require a gradient did not move: connect them to the loss, or "
            "freeze them by `requires_grad_(False)`"
        )
    unmerged = run.adapted and not run.merge_difference <= LARGEST_DIFFERENCE  # which another check names
    if run.result is not None and not unmerged and set(run.same_as_start) == set(run.result.outputs):
        yield (
            "what is kept equals the stage's start, though parameters moved: return the trained model from `unwrap`, "
            "and from `outputs` something of its weights"
        )


def _keeps(subject: Subject) -> Iterator[str]:
    for stage, run in reached(subject, "saving").items():
        yield from (f"{stage}: {problem}" for problem in _losses(run))


def _losses(run: Trace) -> Iterator[str]:
    if run.error:
        if run.phase == "saving" and not network.attempts() and not files.noted():
            yield f"what is left after `unwrap` cannot be kept: return a plain transformers model\n{run.error}"
        return
    if not run.swapped and not run.merge_difference <= LARGEST_DIFFERENCE:
        yield (
            f"logits differ by up to {run.merge_difference:.2g} before and after `unwrap`, allowed is "
            f"{LARGEST_DIFFERENCE}: merge what was added into the weights (untie a tied head before adapting it)"
        )
    lost = {name: gap for name, gap in run.reload_differences.items() if not gap <= 0.0}
    for name, difference in lost.items():
        shown = "other tensors" if difference == float("inf") else f"weights that differ by up to {difference:.2g}"
        yield f"the output {name!r} has {shown} when it is opened again: its config must build all of its weights"
    changed = {n: gap for n, gap in run.opened_differences.items() if n not in lost and not gap <= LARGEST_DIFFERENCE}
    for name, difference in changed.items():
        yield (
            f"logits of the output {name!r} differ by up to {difference:.2g} when it is opened again, its weights do "
            "not: take out in `unwrap` what `wrap` put in beside weights (hooks, modules, settings)"
        )


def _some(names: list[str]) -> str:
    return f"{names[0]}" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


CHECKS = (
    Check("method-runs", "method", "It runs in every stage that it declares.", _runs),
    Check("method-trains", "method", "Parameters that require a gradient move, all of them and no others.", _trains),
    Check("method-keeps", "method", "The model that is kept, and opened again, is the one that was trained.", _keeps),
)
