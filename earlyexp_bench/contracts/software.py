"""The software that may change a result: recorded by the worker, compared by the plan, never part of a key."""

import functools
import hashlib
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from earlyexp_bench.contracts.files import file_sha256

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "peft", "lm-eval", "numpy")
PACKAGE = Path(__file__).parents[1]
# What decides numbers. The plan, the store, the scores and the page read results; they do not make them.
ROOMS = ("builtin", "contracts", "domains", "evaluation", "hooks", "stages", "training", "worker")


@functools.cache
def library_versions() -> dict[str, str]:
    """Return the installed versions by library, without importing any; what is not installed is left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@functools.cache
def package_code() -> str:
    """Return the hash of the sources of this package that decide results: 64 hex digits."""
    return source_hash(PACKAGE / room for room in ROOMS)


def source_hash(folders: Iterable[Path]) -> str:
    """Return the SHA-256 of all files in folders, or of single modules, names too; compiled ones do not count."""
    result = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.is_file() and "__pycache__" not in path.parts:
                content = file_sha256(path)
                result.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return result.hexdigest()


@functools.cache
def git_commit() -> str | None:
    """Return the commit of the checkout this package runs from, ``-dirty`` if changed; None where it is installed."""
    # The package may lie in somebody else's repository, in a virtual environment: then that commit says nothing.
    tracked = _git("ls-files", "--error-unmatch", "__init__.py")
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if tracked else None


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(PACKAGE), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
