"""A benchmark of the portable instruction set on a machine that has none: the same, with the native one.

Every key says which, so that cells of the two are never taken for each other.
"""

from dataclasses import replace

from earlyexp_bench.contracts.environment import InstructionSet
from earlyexp_bench.contracts.machine import portable_here
from earlyexp_bench.planning.cells import build_plan
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import PublishedRecords, Store


def on_this_machine(loaded: LoadedBenchmark) -> LoadedBenchmark:
    """Return the benchmark as this machine can run it."""
    return loaded if portable_here() else natively(loaded)


def natively(loaded: LoadedBenchmark) -> LoadedBenchmark:
    """Return the benchmark with the native instruction set where it asks for the portable one."""
    return loaded if loaded.spec.numerics.instruction_set == "native" else _instead(loaded, "native")


def as_published(loaded: LoadedBenchmark) -> LoadedBenchmark:
    """Return the benchmark as others run it: of one that has the native instruction set instead, the portable form."""
    return _instead(loaded, "portable") if loaded.native_instead else loaded


def _instead(loaded: LoadedBenchmark, chosen: InstructionSet) -> LoadedBenchmark:
    numerics = loaded.spec.numerics.model_copy(update={"instruction_set": chosen})
    spec = loaded.spec.model_copy(update={"numerics": numerics})
    return replace(loaded, spec=spec, native_instead=chosen == "native")


def plan_of_records(loaded: LoadedBenchmark, *records: Store | PublishedRecords | None) -> Plan:
    """Plan a benchmark as it is on record: as this machine runs it, or else on the other instruction set."""
    here, *other = [build_plan(one) for one in either(loaded)]
    return next((plan for plan in (here, *other) if any(_has_trained(plan, some) for some in records if some)), here)


def either(loaded: LoadedBenchmark) -> list[LoadedBenchmark]:
    """Return the benchmark as this machine runs it; of one that asks for the portable instruction set both forms."""
    here = on_this_machine(loaded)
    other = loaded if here.native_instead else natively(loaded)
    return [here] if here.spec.numerics == other.spec.numerics else [here, other]


def _has_trained(plan: Plan, records: Store | PublishedRecords) -> bool:
    return any(node.spec.numerics and records.has(node.spec.kind, node.key) for node in plan.nodes)
