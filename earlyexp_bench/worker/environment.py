"""What a record says about where it was made. Reported as drift, never part of a key."""

import functools
import os
import platform
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import earlyexp_bench
from earlyexp_bench.contracts import StageSpec, library_versions
from earlyexp_bench.hooks import registry


def environment(spec: StageSpec) -> dict[str, Any]:
    """Describe this process: package, libraries, machine, device, plugins' distributions, peak memory in bytes."""
    return {
        "package": earlyexp_bench.__version__,
        "git": git_commit(),
        "python": platform.python_version(),
        **library_versions(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        **_device(spec),
        "distributions": _distributions(spec.plugins),
        "peak_memory_bytes": peak_memory_bytes(),
    }


@functools.cache
def git_commit() -> str | None:
    """Commit of the checkout this package runs from, ``-dirty`` if changed; None where it is installed."""
    package = Path(earlyexp_bench.__file__).parent
    # The package may lie in somebody else's repository, in a virtual environment: then that commit says nothing.
    tracked = _git(package, "ls-files", "--error-unmatch", "__init__.py")
    return _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if tracked else None


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far."""
    import resource  # not on Windows, where the probe runs but stages do not

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _device(spec: StageSpec) -> dict[str, Any]:
    device = spec.numerics.get("device", "cpu")
    described: dict[str, Any] = {"device": device, "cpu_threads": os.environ.get("OMP_NUM_THREADS")}
    torch = sys.modules.get("torch")  # a tokenizer stage needs none, and imports of it cost a second
    if torch is None:
        return described
    described["cpu_capability"] = torch.backends.cpu.get_cpu_capability()
    if device == "cuda":
        described["device_name"] = torch.cuda.get_device_name()
        described["cuda"] = torch.version.cuda
    return described


def _distributions(plugins: Collection[str]) -> dict[str, str]:
    return {entry.distribution: entry.distribution_version for entry in registry().all() if entry.id in plugins}
