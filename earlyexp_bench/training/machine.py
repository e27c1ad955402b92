"""What torch computes with on this machine: its libraries, the capability it takes, the accelerator."""

import re
from typing import Any

import numpy as np
import torch

# As `torch.__config__.show()` names them.
_LIBRARIES = {
    "MKL": re.compile(r"Math Kernel Library Version ([\w.]+)"),
    "oneDNN": re.compile(r"MKL-DNN v([\w.]+)"),
    "BLAS": re.compile(r"BLAS_INFO=(?!mkl\b)(\w+)"),
}


def torch_machine(device: str) -> dict[str, Any]:
    """Describe what decides bits beside the processor: ``cpu_capability``, ``blas``, and of a GPU its model."""
    described: dict[str, Any] = {
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "blas": {"torch": torch_blas(torch.__config__.show()), "numpy": numpy_blas()},
    }
    if device == "cuda":
        described |= {"device_name": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
    return described


def torch_blas(configuration: str) -> str:
    """Name the libraries of matrix products that torch was built with, e.g. ``MKL 2024.2, oneDNN 3.7.1``."""
    found = {name: pattern.search(configuration) for name, pattern in _LIBRARIES.items()}
    return ", ".join(f"{name} {match[1]}" for name, match in found.items() if match)


def numpy_blas() -> str:
    """Name the library of numpy's matrix products, e.g. ``scipy-openblas 0.3.30``; empty where numpy does not say."""
    built: Any = np.show_config(mode="dicts")
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return " ".join(filter(None, (blas.get("name", ""), blas.get("version", ""))))
