"""An evaluator tried without network, here and elsewhere, once for all its checks."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import EvaluatorDefinition
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.hooks import Registered, load_object, registry
from earlyexp_testing.conformance import files, network
from earlyexp_testing.conformance.elsewhere import try_elsewhere
from earlyexp_testing.conformance.evaluator_data import EvaluatorData, try_evaluator
from earlyexp_testing.conformance.evaluator_repeats import differences, snapshot
from earlyexp_testing.conformance.parameters import example_params

SMALL_DOMAINS = ("builtin/procedural-target", "builtin/procedural-downstream")
"""Plain documents, and prompts with answers and a multiple-choice task."""


@dataclass(frozen=True)
class EvaluatorTrial:
    """What came of trying an evaluator.

    Attributes:
        data: Tasks and scores; None where it cannot be constructed.
        error: Why it cannot be tried.
        network: Attempts to reach the network.
        unstable: Differences between trials.
        files: What it wrote, read or left on the machine, and what it asked of that.
    """

    data: EvaluatorData | None
    error: str = ""
    network: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def try_registered(entry: Registered[EvaluatorDefinition], params: Mapping[str, Any], folder: Path) -> EvaluatorData:
    """Try an evaluator on two small domains and on those of its own distribution that need no parameters."""
    make = entry.definition
    evaluator = load_object(make.implementation)(load_params(make.params, params))
    return try_evaluator(make, evaluator, {name: _domain(name) for name in _domains(entry)}, folder)


def try_twice(entry: Registered[EvaluatorDefinition], params: Mapping[str, Any]) -> EvaluatorTrial:
    """Try an evaluator in this process twice, and in another one."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            data = try_registered(entry, params, Path(folder) / "1")
            again = try_registered(entry, params, Path(folder) / "2")
        except Exception as error:  # noqa: BLE001 - whatever the evaluator raises is the finding
            attempts, noted = tuple(network.attempts()), tuple(files.noted())
            return EvaluatorTrial(None, f"{type(error).__name__}: {error}", attempts, (), noted)
        first = snapshot(data)
        unstable = list(differences(first, snapshot(again), "when tried again"))
    other = try_elsewhere(entry, params)
    attempts, noted = (*network.attempts(), *other["network"]), (*files.noted(), *other["files"])
    if "snapshot" in other and not unstable and not noted:
        unstable = list(differences(first, other["snapshot"], "in another process"))
    failed = "" if attempts or noted else other.get("error", "")
    return EvaluatorTrial(data, failed, attempts, tuple(unstable), noted)


def _domains(entry: Registered[EvaluatorDefinition]) -> list[str]:
    """Return the small domains and the distribution's own; `files` and `hub` among the built-in ones need data."""
    own = [other.id for other in registry().all("domain") if other.distribution == entry.distribution]
    return [*SMALL_DOMAINS, *(name for name in own if not name.startswith("builtin/"))]


def _domain(name: str) -> Any:  # noqa: ANN401 - any domain
    definition = registry().domain(name).definition
    return load_object(definition.implementation)(load_params(definition.params, example_params(definition.params)))
