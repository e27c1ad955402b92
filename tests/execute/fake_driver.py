"""A launcher in a process of its own: ``fake_driver.py STORE NODES_JSON [WORKERS]``; prints finished keys."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.contracts import StageSpec
from earlyexp_bench.execute import LocalExecutor, Started, run_stages
from earlyexp_bench.store import Store

WORKER = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))


@dataclass(frozen=True)
class Node:
    spec: StageSpec
    key: str
    priority: int


def main() -> None:
    root, nodes_file, *rest = sys.argv[1:]
    specs = [StageSpec.model_validate(spec) for spec in json.loads(Path(nodes_file).read_text())]
    nodes = [Node(spec, spec.key, index) for index, spec in enumerate(specs)]
    workers = int(rest[0]) if rest else 2
    executor = LocalExecutor(command=WORKER, start_method=rest[1] if len(rest) > 1 else "fork")
    try:
        outcome = run_stages(nodes, Store(Path(root)), executor, workers=workers, on_event=show)
        print(json.dumps({"finished": outcome.finished, "hits": outcome.hits}), flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise SystemExit(130) from None
    finally:
        executor.close()


def show(event: object) -> None:
    if isinstance(event, Started):
        print("started", flush=True)


if __name__ == "__main__":
    main()
