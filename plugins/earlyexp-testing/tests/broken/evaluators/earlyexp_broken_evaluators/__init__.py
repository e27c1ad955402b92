"""Evaluators that are each broken in one way. `EXPECTED` names the check that must catch it."""

import os

from earlyexp_bench.contracts import EvaluatorDefinition
from earlyexp_bench.hooks import hookimpl

EXPECTED = {
    "sound": None,
    "sound-accuracy": None,
    "sound-answers": None,
    "sound-options": None,
    "sound-examples": None,
    "sound-copying": None,
    "answer-in-prompt": "evaluator-answers",
    "answer-marked": "evaluator-answers",
    "answer-first": "evaluator-answers",
    "examples-from-test": "evaluator-answers",
    "examples-by-hand": "evaluator-answers",
    "reads-test": "evaluator-splits",
    "reads-train-and-goes-on": "evaluator-splits",
    "scores-by-user": "evaluator-surroundings",
    "scores-kept": "evaluator-surroundings",
    "random-documents": "evaluator-repeats",
    "set-documents": "evaluator-repeats",
    "random-scores": "evaluator-repeats",
    "direction-missing": "evaluator-direction",
    "direction-contrary": "evaluator-direction",
    "direction-unlisted": "evaluator-direction",
    "not-a-number": "evaluator-finite",
    "overflow": "evaluator-finite",
    "percent": "evaluator-range",
    "negative": "evaluator-range",
    "nothing": "evaluator-scores",
    "reads-train": "evaluator-splits",
    "network": "evaluator-network",
}
_ACCURACIES = {"sound-accuracy", "percent", "sound-options", "answer-marked", "answer-first"}
_HIGHER = {*_ACCURACIES, "direction-contrary"}


@hookimpl
def register_evaluators(register):
    for name in os.environ.get("BROKEN_ONLY", " ".join(EXPECTED)).split():
        register(
            EvaluatorDefinition(
                name=name,
                version="1",
                implementation=f"earlyexp_broken_evaluators._evaluator:{name.replace('-', '_')}",
                description="One defect.",
                higher_is_better=name in _HIGHER,
                splits=("validation", "test") if name == "reads-test" else ("test",),
                range=(0.0, 1.0) if name in _ACCURACIES else (0.0, None),
            )
        )
