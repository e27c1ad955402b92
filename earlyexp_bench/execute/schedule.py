"""Which stage may run next. Linear in stages and parents, but for the heap."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from earlyexp_bench.contracts import ParentRef, Record, StageFailure, StoreError
from earlyexp_bench.execute.events import Blocked, DivergedAbove, Event, Hit, RunOutcome
from earlyexp_bench.planning import Node, stages_to_remake
from earlyexp_bench.store import Store


class Schedule:
    """The stages that are still to do, and the outcome so far.

    A stage with a record is a hit, unless its artefacts were collected and a stage that must run needs them, or the
    record is ``unwanted``: its hash, by the stage's key.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        store: Store,
        on_event: Callable[[Event], None],
        unwanted: Mapping[str, str] | None = None,
    ) -> None:
        self.outcome = RunOutcome()
        self._on_event = on_event
        self._store = store
        self._unwanted = unwanted or {}
        self._nodes = {node.key: node for node in nodes}
        self._order = {key: index for index, key in enumerate(self._nodes)}
        self._children: dict[str, list[str]] = defaultdict(list)
        self._missing_parents: dict[str, int] = {}
        self._ready: list[tuple[int, int, str]] = []
        self._given_up: set[str] = set()
        self._link(self._hits())

    def pop(self) -> Node | None:
        """Return the first of the stages that are ready, or None."""
        while self._ready:
            key = heapq.heappop(self._ready)[2]
            if key not in self._given_up:
                return self._nodes[key]
        return None

    def done(self, key: str, record: Record) -> None:
        """Note that a stage has a record: its children come nearer, or never, if it diverged."""
        if record.status == "diverged":
            for below in self._give_up_below(key):
                self.outcome.diverged[below] = key
                self._on_event(DivergedAbove(below, key))
            return
        for child in self._children[key]:
            self._missing_parents[child] -= 1
            if self._missing_parents[child] == 0:
                self._push(child)

    def failed(self, key: str, failure: StageFailure) -> None:
        """Note that a stage failed: whatever is below it is blocked."""
        self.outcome.failed[key] = failure
        for below in self._give_up_below(key):
            self.outcome.blocked[below] = key
            self._on_event(Blocked(below, key))

    def _hits(self) -> dict[str, Record]:
        """Records of the planned stages that need not run."""
        wanted = [node for node in self._nodes.values() if not self._is_unwanted(node)]
        found = {node.key: self._store.find(node.spec.kind, node.key) for node in wanted}
        hits = {key: record for key, record in found.items() if record is not None}
        specs = {key: node.spec for key, node in self._nodes.items()}
        for key in stages_to_remake(specs, hits, self._store):
            del hits[key]
        return hits

    def _is_unwanted(self, node: Node) -> bool:
        unwanted = self._unwanted.get(node.key)
        return unwanted is not None and self._store.record_hash(node.spec.kind, node.key) == unwanted

    def _link(self, hits: dict[str, Record]) -> None:
        outside: dict[str, Record] = {}
        for key, node in self._nodes.items():
            if key not in hits:
                self._add(key, {parent.key: parent for parent in node.spec.parents.values()}, outside)
        for key, record in hits.items():
            self.outcome.hits.append(key)
            self._on_event(Hit(key, record))
        for key, record in {**outside, **hits}.items():
            self.done(key, record)

    def _add(self, key: str, parents: dict[str, ParentRef], outside: dict[str, Record]) -> None:
        self._missing_parents[key] = len(parents)
        for parent in parents.values():
            self._children[parent.key].append(key)
            if parent.key not in self._nodes and parent.key not in outside:
                outside[parent.key] = self._outside(parent)
        if not parents:
            self._push(key)

    def _outside(self, parent: ParentRef) -> Record:
        record = self._store.record(parent.kind, parent.key)
        if not self._store.complete(parent.kind, parent.key):
            raise StoreError(
                f"the {parent.kind} stage {parent.key[:12]} lacks files that its record names, and is not planned; "
                "run the benchmark it belongs to again"
            )
        return record

    def _push(self, key: str) -> None:
        heapq.heappush(self._ready, (self._nodes[key].priority, self._order[key], key))

    def _give_up_below(self, key: str) -> Iterator[str]:
        """Yield each stage below ``key`` that was not given up before."""
        stack = [key]
        while stack:
            for child in self._children[stack.pop()]:
                if child not in self._given_up:
                    self._given_up.add(child)
                    stack.append(child)
                    yield child
