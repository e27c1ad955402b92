"""The environment of every worker: what libraries read at start-up and what would change bits or speed."""

import os
from collections.abc import Mapping


def pinned_environment(cpu_threads: int, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with threads pinned and passive.

    Args:
        cpu_threads: Threads a stage computes with, however many stages run side by side.
        extra: Further variables, e.g. ``HF_HUB_OFFLINE``; they win.
    """
    threads = str(cpu_threads)
    return {
        **os.environ,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_DYNAMIC": "FALSE",
        "MKL_DYNAMIC": "FALSE",
        # A thread that spins while it waits takes the core from the neighbour it waits for.
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "KMP_BLOCKTIME": "0",
        "TOKENIZERS_PARALLELISM": "false",
        # The order of sets of strings, and cuBLAS's work space, would otherwise differ between runs.
        "PYTHONHASHSEED": "0",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        **(extra or {}),
    }
