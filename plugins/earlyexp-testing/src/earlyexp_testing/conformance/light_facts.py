"""What of light halves enters keys and plans: ``python -m earlyexp_testing.conformance.light_facts ID...``.

Without torch, so that it takes a moment to ask under several hash seeds: a set of two words has one of two orders.
"""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from earlyexp_bench.contracts import TRAINING_STAGES, MethodDefinition, StageSpec, TrainingStage
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.hooks import registry
from earlyexp_testing.conformance.interpreter import NoAnswer, answer_of
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.tiny_light import tiny_stage

_HASH_SEEDS = ("1", "2", "3", "4")


def light_facts(method: str) -> dict[str, str]:
    """Return everything of a method's light half that becomes part of a key or a plan, as text."""
    definition, use, params = method_use(method)
    stages = declared_stages(definition)
    needs = [definition.needs(params, stage) for stage in stages]
    facts: dict[str, object] = {
        "version": definition.version,
        "stages": stages,
        "needs": [(sorted(wanted.tokens), sorted(wanted.sidecars)) for wanted in needs],
        "cost": [definition.cost(params, tiny_stage(stage)) for stage in stages],
        "outputs": definition.outputs(params),
        "lr_scale": definition.lr_scale(params),
        "parameters": use["params"],
    }
    spec = StageSpec(kind="finetune", plugins={method: definition.version}, identity={"methods": [use]})
    return {name: repr(fact) for name, fact in facts.items()} | {"key": spec.key}


def facts_under_other_seeds(methods: Sequence[str]) -> Iterator[dict[str, dict[str, str]]]:
    """Yield the same by method from processes with other hash seeds; nothing of what fails, which other checks name."""
    for seed in _HASH_SEEDS:
        with contextlib.suppress(NoAnswer):
            yield answer_of("light_facts", *methods, PYTHONHASHSEED=seed)


def _facts_by_method(methods: Sequence[str]) -> dict[str, dict[str, str]]:
    found = {}
    for method in methods:
        with contextlib.suppress(Exception):
            found[method] = light_facts(method)
    return found


def method_use(method: str) -> tuple[MethodDefinition[Any], dict[str, Any], Any]:
    """Return a method's light half, how a stage names it, and its parameters: defaults or an example."""
    definition = registry().method(method).definition
    values = example_params(definition.Params)
    return definition, {"id": method, "params": values}, load_params(definition.Params, values)


def declared_stages(definition: MethodDefinition[Any]) -> list[TrainingStage]:
    """Return the stages of a method in the order of the pipeline."""
    return [stage for stage in TRAINING_STAGES if stage in definition.stages]


if __name__ == "__main__":
    print(json.dumps(_facts_by_method(sys.argv[1:])))
