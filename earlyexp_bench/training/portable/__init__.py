"""Kernels whose bits do not hang on the model of the CPU: equal on every x86-64 machine with AVX2.

torch computes matrix products, attention and a few functions with MKL, which picks its kernels by the CPU's vendor and
model, and whose square root rests on an approximate instruction that Intel and AMD carry out differently. In their
place stand here numpy's OpenBLAS, held to the kernels that it has for AVX2 (``OPENBLAS_CORETYPE``), and numpy's own
square root. They replace torch's at the dispatcher, so that they serve any model and method, forwards and backwards.
What remains is held by environment variables: see ``contracts/environment.py``. docs/reproducibility.md says what else
was tried, and where equal bits were seen.
"""

import functools

import torch

from earlyexp_bench.contracts import EarlyExpError, UserError
from earlyexp_bench.training.machine import numpy_blas
from earlyexp_bench.training.portable.attention import ATTENTION
from earlyexp_bench.training.portable.functions import FUNCTIONS
from earlyexp_bench.training.portable.products import PRODUCTS
from earlyexp_bench.training.portable.replace import replace


@functools.cache
def use_portable_kernels() -> None:
    """Replace torch's kernels in this process, for good.

    Raises:
        EarlyExpError: The process was started in another environment.
        UserError: numpy computes with another library, so that bits would hang on the CPU after all.
    """
    if torch.backends.cpu.get_cpu_capability() != "AVX2":
        raise EarlyExpError("a portable stage was started in an environment that does not hold torch to AVX2")
    if "openblas" not in numpy_blas().lower():
        raise UserError(
            f"numpy computes with {numpy_blas() or 'a library that it does not name'}",
            where="numerics.instruction_set",
            expected="a numpy with OpenBLAS, as pip installs it; or `native`",
        )
    for name, kernel in {**PRODUCTS, **FUNCTIONS, **ATTENTION}.items():
        replace(name, kernel)
