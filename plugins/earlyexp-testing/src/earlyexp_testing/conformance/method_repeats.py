"""A method gives the same bits whenever, wherever and however often interrupted it runs, and the same key."""

from collections.abc import Iterator

from earlyexp_bench.contracts import TrainingStage
from earlyexp_testing.conformance import files
from earlyexp_testing.conformance.check import Check, NotMade
from earlyexp_testing.conformance.fresh import in_fresh_process
from earlyexp_testing.conformance.light_facts import light_facts
from earlyexp_testing.conformance.method_evidence import elsewhere, finished, resumed
from earlyexp_testing.conformance.method_runs import Bits
from earlyexp_testing.conformance.method_scene import Scene
from earlyexp_testing.conformance.method_trace import Trace
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.subject import Subject

_KEYED_DRAWS = (
    "key every draw by `context.seed` (`earlyexp_bench.training` has `random_bits` and `generator_seed`), and sort "
    "what comes from a set"
)
_OTHERS = "other PYTHONHASHSEED, clock, language and home"
_NO_STATE = (
    "something is left from run to run, on the class, in its module or in a cache such as `lru_cache`; set it on "
    "`self` in `__init__` or `prepare`, and let a later stage ask for it (`sidecar`, `needs`)"
)


def _same_bits(subject: Subject) -> Iterator[str]:
    for stage in _left_alone(subject):
        if found := _difference(subject, stage):
            yield f"{stage}: {found}"


def _left_alone(subject: Subject) -> dict[TrainingStage, tuple[Scene, Trace]]:
    """Return the stages that ran to their end.

    Raises:
        NotMade: None did, or what the method leaves on the machine decides the next run; other checks say so.
    """
    if files.noted() or elsewhere(subject).files:
        raise NotMade("it leaves something for the next run, or asks whose machine it is on")
    return finished(subject)


def _difference(subject: Subject, stage: TrainingStage) -> str:
    """Return how three runs of one seed differ; empty if they do not."""
    here, there = _bits(subject, stage), elsewhere(subject)
    if stage not in there.first:
        return f"in another process ({_OTHERS}) it could not be run:\n{there.error}"
    if found := here.differs_from(there.first[stage]):
        return f"another process ({_OTHERS}) gives another {found}: {_KEYED_DRAWS}"
    if found := there.first[stage].differs_from(there.second[stage]):
        return f"a run after others in one process gives another {found}: {_NO_STATE}"
    return ""


def _resumes(subject: Subject) -> Iterator[str]:
    stages = [
        stage for stage, (_, run) in _left_alone(subject).items() if not run.inputs and not _difference(subject, stage)
    ]
    if not stages:
        raise NotMade("two runs without interruption differ already, or what it changes in place is put back by none")
    for stage in stages:
        found = resumed(subject, stage)
        if found is None:
            yield f"{stage}: no checkpoint is left by a run that is killed half-way"
        elif found.error:
            yield f"{stage}: it cannot go on after an interruption; see to `load_state_dict`:\n{found.error}"
        elif name := found.differs_from(_bits(subject, stage)):
            yield (
                f"{stage}: interrupted and resumed it gives another {name}: return from `state_dict` whatever changes "
                "between steps, and put it back in `load_state_dict`"
            )


def _same_key(subject: Subject) -> Iterator[str]:
    example_params(subject.definition.Params)
    here, there = in_fresh_process(light_facts, subject.id), elsewhere(subject)
    if not there.facts:
        raise NotMade("it could not be looked up elsewhere")
    others = [there.facts, *there.under_other_seeds]
    changed = {name: other.get(name) for other in others for name, fact in here.items() if fact != other.get(name)}
    for name in [name for name in changed if name != "key"] or changed:
        yield (
            f"its {name} is {here[name]} in one process and {changed[name]} in another (other PYTHONHASHSEED, "
            "clock and directory): use constants and functions of the parameters alone, sorted lists in place of sets"
        )


def _bits(subject: Subject, stage: TrainingStage) -> Bits:
    found = finished(subject)[stage][1].bits
    assert found is not None
    return found


CHECKS = (
    Check("method-same-bits", "method", "Runs of one seed give the same bits, in any process.", _same_bits),
    Check("method-resumes", "method", "A run that was interrupted ends with the bits of one that was not.", _resumes),
    Check("method-same-key", "method", "Key, needs and cost are the same in any process.", _same_key),
)
