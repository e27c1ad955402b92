"""What a record says about where it was made. Reported as drift, never part of a key."""

import os
import platform
import sys
from typing import Any

import earlyexp_bench
from earlyexp_bench.contracts import StageSpec, git_commit, library_versions
from earlyexp_bench.contracts.machine import cpu
from earlyexp_bench.hooks import code, distributions


def environment(spec: StageSpec) -> dict[str, Any]:
    """Describe this process: package, libraries, machine, device, plugins' distributions, peak memory in bytes.

    ``code`` holds hashes of the sources by distribution; ``git`` names this package's state for people.
    """
    return {
        "package": earlyexp_bench.__version__,
        "git": git_commit(),
        "python": platform.python_version(),
        **library_versions(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": cpu().as_json(),
        **_device(spec),
        "distributions": distributions(spec.plugins),
        "code": code(spec.plugins),
        "peak_memory_bytes": peak_memory_bytes(),
    }


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far."""
    import resource  # not on Windows, where the probe runs but stages do not

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _ranks(spec: StageSpec) -> dict[str, Any]:
    return {"world_size": spec.processes, "parallel": "ddp" if spec.processes > 1 else "none"}


def _device(spec: StageSpec) -> dict[str, Any]:
    device = spec.numerics.get("device", "cpu")
    described = {"device": device, "cpu_threads": os.environ.get("OMP_NUM_THREADS"), **_ranks(spec)}
    if "torch" not in sys.modules:  # a tokenizer stage needs none, and imports of it cost a second
        return described
    from earlyexp_bench.training.machine import torch_machine

    return described | torch_machine(device)
