"""Benchmarks planned without network: ``python -m earlyexp_testing.conformance.benchmark_plans FILE...``.

Writes one line of JSON: by file what is wrong with it as written (``reads``) and as planned (``plans``), and the
distributions whose components it names (``needs``).
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import EarlyExpError
from earlyexp_bench.hooks import registry
from earlyexp_bench.planning import Plan, build_plan, probe_model
from earlyexp_bench.spec import load_benchmark
from earlyexp_testing.conformance import network


def tried(file: str, probes: Path) -> dict[str, Any]:
    """Read and plan a benchmark for its first seed.

    Args:
        file: Where it is written.
        probes: Folder of answers about models, which benchmarks share.
    """
    try:
        loaded = load_benchmark(file)
    except EarlyExpError as error:
        return {"reads": str(error)}
    named = loaded.spec.id
    if named != Path(file).stem:
        return {
            "reads": f"{loaded.where(('id',))}: its id is {named!r}, and by its file it is called {Path(file).stem}"
        }
    before = network.attempts()
    try:
        plan = build_plan(loaded, loaded.spec.seeds[:1])
        probe_model(loaded, probes)
    except EarlyExpError as error:
        return {"plans": "" if network.attempts() != before else str(error)}
    return {"needs": sorted(_owners(plan))}


def _owners(plan: Plan) -> set[str]:
    """Return the distributions that bring what a benchmark names."""
    known = {(entry.kind, entry.id): entry.distribution for entry in registry().all()}
    used = [("domain", domain.ref.id) for domain in plan.domains.values()]
    used += [
        ("method", m.use.id) for by_stage in plan.methods.values() for methods in by_stage.values() for m in methods
    ]
    used += [("claim", claim.owner.id) for claim in plan.claims]
    evaluators = [entry.use for entry in plan.spec.evaluators if registry().has("evaluator", entry.use)]
    used += [("evaluator", registry().evaluator(name).id) for name in evaluators]
    return {known[kind, id_] for kind, id_ in used if (kind, id_) in known}  # type: ignore[index]


def main(files: Sequence[str]) -> None:
    """Plan every benchmark named on the command line."""
    network.shut()
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({file: tried(file, Path(folder)) for file in files}))
    finally:
        network.forget()


if __name__ == "__main__":
    main(sys.argv[1:])
