"""Settings under which equal inputs give equal bits, and where such a promise ends."""

import ctypes
import os
import platform

import numpy as np
import torch
import transformers

from earlyexp_bench.contracts.machine import cpu, machine_type
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training.machine import torch_machine
from earlyexp_bench.training.portable import use_portable_kernels

# Names of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def choose_kernels(numerics: Numerics) -> None:
    """Fix threads and kernels for this process, before the first tensor is made."""
    torch.set_num_threads(numerics.cpu_threads)
    if numerics.instruction_set == "portable":
        use_portable_kernels()


def make_deterministic(numerics: Numerics) -> None:
    """Fix threads, kernels and deterministic algorithms for this process, before the first tensor is made."""
    choose_kernels(numerics)
    # cuBLAS reads it when its first handle is made.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling fresh memory with NaN would only cost time: nothing here reads it before writing.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    if numerics.device == "cpu":
        _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Let glibc keep the large blocks that it would give back to the system after every use.

    Logits and their gradients come and go each step; fetching their pages anew took a tenth of a small model's step.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    if not libc.mallopt(_MMAP_THRESHOLD, 2**30):
        libc.mallopt(_MMAP_THRESHOLD, 2**25)  # the most that older versions take
    libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def bit_environment(numerics: Numerics, world_size: int = 1) -> dict[str, str]:
    """What must be equal for a resumed stage to give the bits of an uninterrupted one."""
    here = {"machine": platform.machine(), "cpu": cpu().as_json(), "world_size": world_size}
    here |= {"numpy": np.__version__} | torch_machine(numerics.device)
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "machine": machine_type(here, numerics.model_dump(mode="json")),
    }
