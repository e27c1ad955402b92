"""Runs of a method's stages, each in a process of its own on a copy of the same store."""

import hashlib
import shutil
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from earlyexp_bench.contracts import Runtime, StageSpec
from earlyexp_bench.stages.context import StageResult
from earlyexp_bench.store import Store
from earlyexp_bench.training import Observer
from earlyexp_testing.conformance.method_scene import Scene
from earlyexp_testing.conformance.tiny_house import run_stage

_TRACEBACK_LINES = 8
_INTERRUPTED_AT = 5
"""Optimizer step after which a run is killed; a stage has about ten."""


@dataclass(frozen=True)
class Bits:
    """What a run left.

    Attributes:
        hashes: SHA-256 by file of weights, and of what the stage found under ``output``.
        error: The end of its traceback, where it ended in one.
    """

    hashes: Mapping[str, str]
    error: str = ""

    def differs_from(self, other: "Bits") -> str:
        """Name what is not the same in another run; empty if all is."""
        if self.error or other.error:
            return (self.error or other.error) if self.error != other.error else ""
        names = sorted(self.hashes.keys() | other.hashes.keys())
        return ", ".join(name for name in names if self.hashes.get(name) != other.hashes.get(name))


class _Killer(Observer):
    """Kills a run half-way."""

    def stepped(self, step: int) -> None:
        """Leave the loop as Ctrl-C does."""
        if step == _INTERRUPTED_AT:
            raise KeyboardInterrupt


def plain_run(scene: Scene, root: Path) -> Bits:
    """Run a stage as a worker does, with nobody watching."""
    return _bits(lambda: run_stage(root, scene.spec))


def interrupted_run(scene: Scene, root: Path) -> Bits:
    """Run a stage that writes a checkpoint after every step until it is killed half-way; return nothing but errors."""
    try:
        return _bits(lambda: run_stage(root, _checkpointed(scene.spec), _Killer()))
    except KeyboardInterrupt:
        return Bits({})


def resumed_run(scene: Scene, root: Path) -> Bits:
    """Go on where `interrupted_run` left off."""
    return _bits(lambda: run_stage(root, _checkpointed(scene.spec)))


def was_interrupted(scene: Scene, root: Path) -> bool:
    """Tell whether a killed run left a checkpoint to go on from."""
    return (Store(root).work_directory(scene.spec.key) / "checkpoint" / "state.json").is_file()


def copy_of(root: Path) -> Path:
    """Return a copy of a store for one run, beside it."""
    folder = Path(mkdtemp(dir=root.parent))
    return Path(shutil.copytree(root, folder / "store"))


def _checkpointed(spec: StageSpec) -> StageSpec:
    return spec.model_copy(update={"runtime": Runtime(checkpoint_seconds=0.0)})


def bits_of(result: StageResult, directory: Path) -> Bits:
    """Return what a stage left in its directory."""
    found = repr((result.output, result.tokens, result.outputs))
    files = {str(path.relative_to(directory)): path for path in sorted(directory.rglob("*.safetensors"))}
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    return Bits(hashes | {"output": hashlib.sha256(found.encode()).hexdigest()})


def traceback_of(error: Exception) -> str:
    """Return the end of an error's traceback."""
    lines = "".join(traceback.format_exception(error)).rstrip().splitlines()
    return "\n".join(lines[-_TRACEBACK_LINES:])


def _bits(run: Callable[[], tuple[StageResult, Path]]) -> Bits:
    try:
        return bits_of(*run())
    except Exception as error:  # noqa: BLE001 - whatever the method raises is a finding
        return Bits({}, traceback_of(error))
