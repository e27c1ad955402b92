"""What is still to do: tokens, FLOPs, time and disk, from records where there are any."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from earlyexp_bench.contracts import TRAINING_STAGES, StageKind
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.probe import ModelProbe
from earlyexp_bench.planning.status import NodeStatus
from earlyexp_bench.store import PublishedRecords, Store

ROUGH_FLOPS_PER_SECOND = {"cpu": 2.5e10, "cuda": 1.5e14, "mps": 2e12}
ROUGH_SECONDS: dict[StageKind, float] = {"tokenizer": 10.0, "tokens": 5.0, "contamination": 3.0, "evaluate": 3.0}
BYTES_PER_WEIGHT = 4


@dataclass(frozen=True)
class Forecast:
    """What the misses of a plan cost, at most.

    Attributes:
        update_tokens: Tokens that enter optimizer updates.
        flops: Of training.
        seconds: With all workers busy.
        disk_bytes: Of checkpoints.
        basis: ``records`` where times come from this store, ``published`` where from published records, else ``rough``.
    """

    stages: int
    update_tokens: int
    flops: float
    seconds: float
    disk_bytes: int
    basis: str


def forecast(
    plan: Plan,
    statuses: list[NodeStatus],
    store: Store,
    probe: ModelProbe,
    workers: int,
    published: PublishedRecords | None = None,
) -> Forecast:
    """Add up what is missing."""
    missing = [status.node for status in statuses if status.state == "miss"]
    rates = _seconds_per_stage(plan, statuses, store)
    basis = "records" if rates else "published" if published else "rough"
    rates = rates or _published_seconds(published)
    flops = [(node.update_tokens + node.overhead_tokens) * probe.flops_per_token for node in missing]
    speed = ROUGH_FLOPS_PER_SECOND[plan.spec.numerics.device] * plan.spec.numerics.cpu_threads
    seconds = sum(
        rates.get(node.spec.kind) or ROUGH_SECONDS.get(node.spec.kind, 0.5 + cost / speed)
        for node, cost in zip(missing, flops, strict=True)
    )
    checkpoints = sum(node.spec.kind in TRAINING_STAGES for node in missing)
    return Forecast(
        stages=len(missing),
        update_tokens=sum(node.update_tokens for node in missing),
        flops=sum(flops),
        seconds=seconds / max(1, workers),
        disk_bytes=checkpoints * probe.parameters * BYTES_PER_WEIGHT,
        basis=basis,
    )


def _seconds_per_stage(plan: Plan, statuses: list[NodeStatus], store: Store) -> dict[StageKind, float]:
    """Mean seconds of this plan's own finished stages, by kind."""
    spent: dict[StageKind, list[float]] = defaultdict(list)
    for status in statuses:
        if status.state == "hit":
            kind = status.node.spec.kind
            spent[kind].append(store.record(kind, status.node.key).seconds)
    return _means(spent)


def _published_seconds(published: PublishedRecords | None) -> dict[StageKind, float]:
    """Mean seconds of published stages, by kind."""
    spent: dict[StageKind, list[float]] = defaultdict(list)
    for record in published.by_key.values() if published else ():
        spent[record.payload["kind"]].append(record.seconds)
    return _means(spent)


def _means(spent: Mapping[StageKind, list[float]]) -> dict[StageKind, float]:
    return {kind: sum(values) / len(values) for kind, values in spent.items()}
