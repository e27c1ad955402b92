"""A component in a fresh process with other surroundings: ``python -m earlyexp_testing.conformance.elsewhere``.

Reads ``{"kind", "id", "params", "folders"}`` from its input and writes one line of JSON: ``snapshot``, or ``error`` if
there is none; ``network``, the attempts to reach it; and ``files``, what it wrote, read, left or asked for.
"""

import importlib
import json
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.hooks import Registered
from earlyexp_testing.conformance import belongings, files, network
from earlyexp_testing.conformance.callers import package_folders
from earlyexp_testing.conformance.interpreter import NoAnswer, answer_of
from earlyexp_testing.conformance.surroundings import ENVIRONMENT, disturb

TIMEOUT_SECONDS = 120


def try_elsewhere(entry: Registered[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a component gives in a process of other surroundings, as the module's docstring says."""
    folders = package_folders(entry.distribution, (entry.definition.implementation.partition(":")[0],))
    given = {"kind": entry.kind, "id": entry.id, "params": dict(params), "folders": folders}
    surroundings = ENVIRONMENT | belongings.LANGUAGE
    try:
        return dict(
            answer_of("elsewhere", given=given, folder=tempfile.gettempdir(), seconds=TIMEOUT_SECONDS, **surroundings)
        )
    except NoAnswer as error:
        return {"error": str(error), "network": [], "files": []}


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["kind"] == "evaluator":
        importlib.import_module("earlyexp_testing.conformance.evaluator_trial")
    own = request["folders"]
    network.shut()
    files.shut(own)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with belongings.elsewhere(Path(folder), own):
                disturb()
                answer = {"snapshot": _snapshot(request)}
        except Exception:  # noqa: BLE001 - whatever the component raises is the answer
            answer = {"error": traceback.format_exc()[-2000:]}
    found = {**answer, "network": network.attempts(), "files": files.noted()}
    network.forget()
    files.forget()
    return found


def _snapshot(request: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Read a domain, or try an evaluator. Imports come after the surroundings are changed."""
    from earlyexp_bench.hooks import load_object, registry
    from earlyexp_testing.conformance import domain_order

    if request["kind"] == "domain":
        definition = registry().domain(request["id"]).definition
        domain = load_object(definition.implementation)(load_params(definition.params, request["params"]))
        return domain_order.snapshot(domain, domain_order.READ_BACKWARDS)
    from earlyexp_testing.conformance import evaluator_repeats, evaluator_trial

    entry = registry().evaluator(request["id"])
    with tempfile.TemporaryDirectory() as folder:
        return evaluator_repeats.snapshot(evaluator_trial.try_registered(entry, request["params"], Path(folder)))


if __name__ == "__main__":
    print(json.dumps(_answer(json.load(sys.stdin))))
