"""The same runs in other surroundings: ``python -m earlyexp_bench.testing.conformance.method_elsewhere DIR ID...``.

Writes ``DIR/<digest of ID>.json`` for each method. One process serves all methods of a plugin, because importing torch
takes longer than the runs; each method still has a process of its own, copied from this one.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import digest
from earlyexp_bench.testing.conformance import network
from earlyexp_bench.testing.conformance.fresh import FreshProcessError, in_fresh_process
from earlyexp_bench.testing.conformance.light_facts import facts_under_other_seeds, light_facts
from earlyexp_bench.testing.conformance.method_runs import Bits, copy_of, plain_run
from earlyexp_bench.testing.conformance.method_scene import Scenes, set_scenes
from earlyexp_bench.testing.conformance.surroundings import disturb


@dataclass(frozen=True)
class Elsewhere:
    """What a method came to in a process with another hash seed and clock.

    Attributes:
        facts: Its light half, as in `light_facts`.
        under_other_seeds: The same from processes with further hash seeds.
        first: Result of a run by stage.
        second: Result of another run in the same process.
        error: Why there is none of this.
    """

    facts: dict[str, str]
    first: dict[str, Bits]
    second: dict[str, Bits]
    error: str = ""
    under_other_seeds: list[dict[str, str]] = field(default_factory=list)


def read_elsewhere(folder: Path, method: str) -> Elsewhere:
    """Return what the other process found of a method; wait for it."""
    path = _path(folder, method)
    while not path.exists():
        time.sleep(0.02)
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    runs = {name: {stage: Bits(**bits) for stage, bits in read[name].items()} for name in ("first", "second")}
    return Elsewhere(read["facts"], runs["first"], runs["second"], read["error"], read["under_other_seeds"])


def main(arguments: Sequence[str]) -> None:
    """Try every method named on the command line."""
    folder, methods = Path(arguments[0]), arguments[1:]
    others = list(facts_under_other_seeds(methods))
    for method in methods:
        try:
            found = in_fresh_process(_try, method, folder)
        except FreshProcessError as error:
            found = Elsewhere({}, {}, {}, str(error))
        found = replace(found, under_other_seeds=[facts[method] for facts in others if method in facts])
        draft = folder / "draft"
        draft.write_text(json.dumps(asdict(found)), encoding="utf-8")
        draft.replace(_path(folder, method))


def _try(method: str, shared: Path) -> Elsewhere:
    disturb()
    network.shut()
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        try:
            root = Path(folder) / "store"
            scenes = set_scenes(method, root)
            runs = [_run_all(scenes, root) for _ in range(2)]
            return Elsewhere(light_facts(method), runs[0], runs[1])
        finally:
            network.forget()


def _run_all(scenes: Scenes, root: Path) -> dict[str, Bits]:
    return {str(stage): plain_run(scene, copy_of(root)) for stage, scene in scenes.ready.items()}


def _path(folder: Path, method: str) -> Path:
    return folder / f"{digest(method)}.json"


if __name__ == "__main__":
    main(sys.argv[1:])
