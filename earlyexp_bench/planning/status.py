"""Which stages are in the store, which are not, and why not."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from earlyexp_bench.contracts import Record, StageFailure, StageKind, StageSpec
from earlyexp_bench.planning.drift import Difference, changed_parents, drift, type_of_machine
from earlyexp_bench.planning.nearest import flat, nearest
from earlyexp_bench.planning.plan import Node, Plan
from earlyexp_bench.store import Store

State = Literal["hit", "miss", "diverged", "blocked"]
COMPARED_RECORDS = 200


@dataclass(frozen=True)
class NodeStatus:
    """A planned stage against the store.

    Attributes:
        state: ``hit`` is usable; ``diverged`` is on record and has nothing to go on from; ``blocked`` needs one.
        reason: Why a miss is one, or what a hit should be read with.
        drift: Software that the stored result was made with and that is not what is installed here.
        changed_parents: Roles of parents whose weights are not those that the stored result was made from.
        machine: Type of the machine that the stored result was made on; empty where no tensor was made.
        replaces: SHA-256 of the stored record that counts as a miss and is to be replaced; empty otherwise.
        failure: How a miss ended when it was tried last; None where it was not.
    """

    node: Node
    state: State
    reason: str = ""
    drift: tuple[Difference, ...] = ()
    changed_parents: tuple[str, ...] = ()
    machine: str = ""
    replaces: str = ""
    failure: StageFailure | None = None


def plan_status(plan: Plan, store: Store, *, strict_code: bool = False) -> list[NodeStatus]:
    """Compare every stage of a plan with the store.

    Args:
        plan: The stages.
        store: Where results are.
        strict_code: Take a result for a miss that was made by other software, or from weights that its
            parents no longer have.
    """
    return list(_Comparison(plan, store, strict_code).statuses().values())


class _Comparison:
    def __init__(self, plan: Plan, store: Store, strict_code: bool) -> None:
        self._nodes = {node.key: node for node in plan.nodes}
        self._store = store
        self._strict_code = strict_code
        self._payloads: dict[StageKind, list[dict[str, Any]]] = {}  # read when a first miss of a kind asks for them
        stored = {key: store.find(node.spec.kind, key) for key, node in self._nodes.items()}
        self._records = {key: record for key, record in stored.items() if record is not None}
        self._drift = {key: drift(record) for key, record in self._records.items()}
        self._changed = {key: self._changed_parents(record, self._nodes[key]) for key, record in self._records.items()}
        specs = {key: node.spec for key, node in self._nodes.items()}
        usable = {key: record for key, record in self._records.items() if not self._refused(key)}
        self._remade = stages_to_remake(specs, usable, store)
        self._statuses: dict[str, NodeStatus] = {}

    def statuses(self) -> dict[str, NodeStatus]:
        for key, node in self._nodes.items():
            record = self._records.get(key)
            self._statuses[key] = self._without(node) if record is None else self._with(node, record)
        return self._statuses

    def _refused(self, key: str) -> bool:
        return self._strict_code and bool(self._drift[key] or self._changed[key])

    def _changed_parents(self, record: Record, node: Node) -> tuple[str, ...]:
        return changed_parents(record, node.spec.parents, lambda parent: self._records.get(parent.key))

    def _with(self, node: Node, record: Record) -> NodeStatus:
        """Judge a stage that has a record."""
        differing, changed = self._drift[node.key], self._changed[node.key]
        hit = NodeStatus(node, "hit", _how_made(differing, changed), differing, changed, type_of_machine(record))
        if self._refused(node.key):
            replaced = self._store.record_hash(node.spec.kind, node.key)
            return replace(hit, state="miss", reason=f"{hit.reason}: refused by --strict-code", replaces=replaced)
        if record.status == "diverged":
            return replace(hit, state="diverged", reason=record.reason)
        if child := self._remade.get(node.key):
            needed = f"only its record is here, not its files, and {self._nodes[child].label} needs them"
            return replace(hit, state="miss", reason=needed)
        return hit

    def _without(self, node: Node) -> NodeStatus:
        """Judge a stage that has no record."""
        above = {role: self._statuses[parent.key].state for role, parent in node.spec.parents.items()}
        for role, state in above.items():
            if state in ("diverged", "blocked"):
                return NodeStatus(node, "blocked", f"its {role} diverged")
        if failure := self._store.failure(node.key):
            how = "failed" if failure.mendable else "crashed"
            return NodeStatus(node, "miss", f"{how} last time: {' '.join(failure.reason.split())}", failure=failure)
        missing = [role for role, state in above.items() if state == "miss"]
        if missing:
            return NodeStatus(node, "miss", f"its {', '.join(missing)} must run first")
        return NodeStatus(node, "miss", self._nearest(node))

    def _nearest(self, node: Node) -> str:
        """Say what sets a stage apart from the record that is most like it."""
        kind = node.spec.kind
        if kind not in self._payloads:
            records = itertools.islice(self._store.records(kind), COMPARED_RECORDS)
            self._payloads[kind] = [flat(record.payload) for _, record in records]
        return nearest(node.spec.payload(), kind, self._payloads[kind])


def _how_made(differing: tuple[Difference, ...], changed: tuple[str, ...]) -> str:
    said = [f"made with {', '.join(map(str, differing))}"] if differing else []
    if changed:
        said.append(f"made from other weights of its {' and '.join(changed)} than are stored now")
    return "; ".join(said)


def stages_to_remake(specs: Mapping[str, StageSpec], hits: Mapping[str, Record], store: Store) -> dict[str, str]:
    """Return finished stages that must run once more, each with the key of a stage that is to run and needs its files.

    Args:
        specs: Planned stages by key.
        hits: Records of those that need not run as far as records tell.
        store: Where their files are, unless `gc` took them.
    """
    remade: dict[str, str] = {}
    to_run = [key for key in specs if key not in hits]
    while to_run:
        child = to_run.pop()
        for parent in specs[child].parents.values():
            record = hits.get(parent.key)
            if record is None or record.status != "done" or parent.key in remade:
                continue
            if not store.complete(parent.kind, parent.key):
                remade[parent.key] = child
                to_run.append(parent.key)
    return remade


def summary(statuses: list[NodeStatus]) -> dict[StageKind, Counter[State]]:
    """Count states by stage kind, in the order of the pipeline."""
    counts = {kind: Counter(s.state for s in statuses if s.node.spec.kind == kind) for kind in get_args(StageKind)}
    return {kind: states for kind, states in counts.items() if states}
