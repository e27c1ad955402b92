"""Everything that the checks of a method look at, gathered once."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from earlyexp_bench.contracts import TrainingStage
from earlyexp_testing.conformance.check import NotMade
from earlyexp_testing.conformance.fresh import FreshProcessError, in_fresh_process
from earlyexp_testing.conformance.light_facts import declared_stages
from earlyexp_testing.conformance.method_elsewhere import Elsewhere, read_elsewhere
from earlyexp_testing.conformance.method_runs import (
    Bits,
    copy_of,
    interrupted_run,
    resumed_run,
    was_interrupted,
)
from earlyexp_testing.conformance.method_scene import Scene, Scenes, set_scenes
from earlyexp_testing.conformance.method_trace import PHASES, Phase, Trace, trace_run
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import Subject


@cache
def scenes(subject: Subject) -> Scenes:
    """Return the stages of a method, set up in a store of their own.

    Raises:
        NotMade: There are no parameters to try it with.
    """
    example_params(subject.definition.Params)
    try:
        return in_fresh_process(set_scenes, subject.id, _store(subject))
    except FreshProcessError as error:
        declared = declared_stages(subject.definition)
        return Scenes({}, {}, {stage: str(error) for stage in declared[:1]})


@cache
def trace(subject: Subject, stage: TrainingStage) -> Trace:
    """Return one watched run of a stage."""
    try:
        return in_fresh_process(trace_run, scenes(subject).ready[stage], copy_of(_store(subject)))
    except FreshProcessError as error:
        return Trace(error=str(error))


@cache
def resumed(subject: Subject, stage: TrainingStage) -> Bits | None:
    """Return what an interrupted run left in the end; None where it could not be interrupted."""
    scene, root = scenes(subject).ready[stage], copy_of(_store(subject))
    try:
        killed = in_fresh_process(interrupted_run, scene, root)
        if killed.error or not was_interrupted(scene, root):
            return killed if killed.error else None
        return in_fresh_process(resumed_run, scene, root)
    except FreshProcessError as error:
        return Bits({}, str(error))


@cache
def elsewhere(subject: Subject) -> Elsewhere:
    """Return what the method came to in other surroundings.

    Raises:
        NotMade: There is no folder in which another process leaves what it finds.
    """
    return read_elsewhere(_shared(subject), subject.id)


def reached(subject: Subject, phase: Phase) -> dict[TrainingStage, Trace]:
    """Return the runs that came as far as ``phase``.

    Raises:
        NotMade: None did; another check says why.
    """
    runs = {stage: trace(subject, stage) for stage in scenes(subject).ready}
    found = {stage: run for stage, run in runs.items() if PHASES.index(run.phase) >= PHASES.index(phase)}
    if not found:
        raise NotMade(f"no stage came as far as {phase}")
    return found


def finished(subject: Subject) -> dict[TrainingStage, tuple[Scene, Trace]]:
    """Return the stages that ran to their end.

    Raises:
        NotMade: None did; another check says why.
    """
    ready = scenes(subject).ready
    found = {stage: (scene, trace(subject, stage)) for stage, scene in ready.items()}
    ended = {stage: pair for stage, pair in found.items() if not pair[1].error}
    if not ended:
        raise NotMade("no stage ran to its end")
    return ended


@cache
def _store(subject: Subject) -> Path:
    """Return where a method's store is, in the folder that ends with the check of the plugin."""
    return Path(mkdtemp(dir=_shared(subject))) / "store"


def _shared(subject: Subject) -> Path:
    if subject.shared is None:
        raise NotMade("there is no folder to run stages in")
    return subject.shared
