"""The same runs in other surroundings: ``python -m earlyexp_testing.conformance.method_elsewhere DIR ID...``.

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
from earlyexp_bench.hooks import registry
from earlyexp_testing.conformance import belongings, files, network
from earlyexp_testing.conformance.callers import package_folders
from earlyexp_testing.conformance.fresh import FreshProcessError, in_fresh_process
from earlyexp_testing.conformance.light_facts import facts_under_other_seeds, light_facts
from earlyexp_testing.conformance.method_runs import Bits, copy_of, plain_run
from earlyexp_testing.conformance.method_scene import set_scenes
from earlyexp_testing.conformance.surroundings import disturb


@dataclass(frozen=True)
class Elsewhere:
    """What a method came to in a process with another hash seed and clock.

    Attributes:
        facts: Its light half, as in `light_facts`.
        under_other_seeds: The same from processes with further hash seeds.
        first: Result of a run by stage, each in a process of its own.
        second: Result of another run by stage, in a process in which the method has run before, in every stage.
        files: What it wrote, read or left on somebody else's machine, and what it asked of that.
        error: Why there is none of this.
    """

    facts: dict[str, str]
    first: dict[str, Bits]
    second: dict[str, Bits]
    error: str = ""
    under_other_seeds: list[dict[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read_elsewhere(folder: Path, method: str) -> Elsewhere:
    """Return what the other process found of a method; wait for it."""
    path = _path(folder, method)
    while not path.exists():
        time.sleep(0.02)
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    runs = {name: {stage: Bits(**bits) for stage, bits in read[name].items()} for name in ("first", "second")}
    return Elsewhere(**{**read, **runs})


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
    entry = registry().method(method)
    own = package_folders(entry.distribution, (entry.definition.implementation.partition(":")[0],))
    files.shut(own)
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        try:
            with belongings.elsewhere(Path(folder) / "user", own):
                first, second = _runs(method, Path(folder) / "store")
            return Elsewhere(light_facts(method), first, second, files=files.noted())
        finally:
            network.forget()
            files.forget()


def _runs(method: str, root: Path) -> tuple[dict[str, Bits], dict[str, Bits]]:
    """Run every stage in a process of its own, then all of them in this one, the first stage once more at the end."""
    ready = in_fresh_process(set_scenes, method, root).ready
    first = {str(stage): in_fresh_process(plain_run, scene, copy_of(root)) for stage, scene in ready.items()}
    again = [*ready.values(), *list(ready.values())[:1]]
    return first, {str(scene.stage): plain_run(scene, copy_of(root)) for scene in again}


def _path(folder: Path, method: str) -> Path:
    return folder / f"{digest(method)}.json"


if __name__ == "__main__":
    main(sys.argv[1:])
