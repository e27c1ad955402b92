from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, StageSpec
from earlyexp_bench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def finish(store: Store) -> Callable[..., StageSpec]:
    """Commit a stage with one weights file; returns its spec."""

    def commit(value: int = 1, content: str = "weights", replaces: str = "", **record: Any) -> StageSpec:
        spec = StageSpec(kind="pretrain", identity={"value": value}, seed=0)
        directory = store.open_stage(spec)
        (directory / "final").mkdir()
        (directory / "final" / "model.safetensors").write_text(content)
        (directory / "checkpoint").mkdir()
        (directory / "checkpoint" / "step").write_text("7")
        (directory / "log.txt").write_text("said something")
        done = Record(key=spec.key, payload=spec.payload(), status="done", **{"output": output_of("pretrain")} | record)
        store.commit(directory, done, replaces=replaces)
        return spec

    return commit
