"""Which stages are in the store, which are not, and why not."""

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, get_args

from earlyexp_bench.contracts import StageKind
from earlyexp_bench.plan.build import Plan
from earlyexp_bench.plan.drift import drift
from earlyexp_bench.plan.graph import Node
from earlyexp_bench.store import Store

State = Literal["hit", "miss", "diverged", "blocked"]
COMPARED_RECORDS = 200


@dataclass(frozen=True)
class NodeStatus:
    """A planned stage against the store.

    Attributes:
        state: ``hit`` is usable; ``diverged`` is on record and has nothing to go on from; ``blocked`` needs one.
        reason: Why a miss is one, or what a hit should be read with.
    """

    node: Node
    state: State
    reason: str = ""


def plan_status(plan: Plan, store: Store) -> list[NodeStatus]:
    """Compare every stage of a plan with the store."""
    known = _Known(store)
    states: dict[str, NodeStatus] = {}
    for node in plan.nodes:
        states[node.key] = _status(node, store, known, states)
    return list(states.values())


def _status(node: Node, store: Store, known: "_Known", states: dict[str, NodeStatus]) -> NodeStatus:
    record = store.find(node.spec.kind, node.key)
    if record is not None:
        if record.status == "diverged":
            return NodeStatus(node, "diverged", record.reason)
        return NodeStatus(node, "hit", drift(record))
    for role, parent in node.spec.parents.items():
        if states[parent.key].state in ("diverged", "blocked"):
            return NodeStatus(node, "blocked", f"its {role} diverged")
    if failure := store.failure(node.key):
        return NodeStatus(node, "miss", f"crashed last time: {failure.reason}")
    missing = [role for role, parent in node.spec.parents.items() if states[parent.key].state == "miss"]
    if missing:
        return NodeStatus(node, "miss", f"its {', '.join(missing)} must run first")
    return NodeStatus(node, "miss", known.difference(node))


class _Known:
    """Records of each kind, read when a first miss of that kind asks for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._payloads: dict[StageKind, list[dict[str, Any]]] = {}

    def difference(self, node: Node) -> str:
        kind = node.spec.kind
        if kind not in self._payloads:
            records = itertools.islice(self._store.records(kind), COMPARED_RECORDS)
            self._payloads[kind] = [_flat(record.payload) for _, record in records]
        wanted = _flat(node.spec.payload())
        differences = [_differing(wanted, payload) for payload in self._payloads[kind]]
        if not differences:
            return f"no {kind} stage in the store yet"
        best = min(differences, key=len)
        shown = "; ".join(f"{path} is {new!r}, there {old!r}" for path, new, old in best[:3])
        return f"nearest record differs: {shown}" + (f"; and {len(best) - 3} more" if len(best) > 3 else "")


def _flat(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in _flat(inner, f"{path}.{key}".lstrip(".")).items()}
    if isinstance(value, list | tuple):
        return {k: v for i, inner in enumerate(value) for k, v in _flat(inner, f"{path}[{i}]").items()}
    return {path: value[:12] if isinstance(value, str) and len(value) == 64 else value}


def _differing(new: dict[str, Any], old: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    paths = sorted(set(new) | set(old))
    return [(path, new.get(path), old.get(path)) for path in paths if new.get(path) != old.get(path)]


def summary(statuses: list[NodeStatus]) -> dict[StageKind, Counter[State]]:
    """Count states by stage kind, in the order of the pipeline."""
    counts = {kind: Counter(s.state for s in statuses if s.node.spec.kind == kind) for kind in get_args(StageKind)}
    return {kind: states for kind, states in counts.items() if states}
