import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from earlyexp_bench.contracts import ParentRef, StageSpec
from earlyexp_bench.execute import LocalExecutor
from earlyexp_bench.store import Store

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Node:
    spec: StageSpec
    key: str
    priority: int = 0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def make() -> Callable[..., Node]:
    def make_node(*parents: Node, priority: int = 0, runtime: dict[str, Any] | None = None, **identity: Any) -> Node:
        refs = {f"p{i}": ParentRef(kind=p.spec.kind, key=p.key) for i, p in enumerate(parents)}
        spec = StageSpec(kind="tokenizer", identity=identity, parents=refs, runtime=runtime or {})
        return Node(spec, spec.key, priority)

    return make_node


@pytest.fixture
def worker_command() -> tuple[str, ...]:
    return (sys.executable, str(HERE / "fake_worker.py"))


@pytest.fixture
def executor(worker_command: tuple[str, ...]) -> Iterator[LocalExecutor]:
    local = LocalExecutor(command=worker_command, start_method="fork")
    yield local
    local.close()


@pytest.fixture
def driver_command(tmp_path: Path) -> Callable[..., list[str]]:
    def command(store: Store, nodes: list[Node], *rest: str) -> list[str]:
        file = tmp_path / "nodes.json"
        file.write_text(json.dumps([node.spec.model_dump(mode="json") for node in nodes]))
        return [sys.executable, str(HERE / "fake_driver.py"), str(store.root), str(file), *rest]

    return command


@pytest.fixture
def until() -> Callable[..., None]:
    def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def alive() -> Callable[[int], bool]:
    def is_alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"

    return is_alive
