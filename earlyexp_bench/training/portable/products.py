"""Matrix products by numpy's OpenBLAS."""

from collections.abc import Mapping

import numpy as np
import torch

from earlyexp_bench.training.portable.replace import Kernel, array


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Multiply matrices of shapes (…, m, k) and (…, k, n); returns (…, m, n)."""
    return multiply_into(left.new_empty((*left.shape[:-1], right.shape[-1])), left, right)


def multiply_into(out: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Write the product into ``out``, which has its shape, and return that."""
    np.matmul(array(left), array(right), out=array(out))
    return out


def _product_out(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> torch.Tensor:
    return multiply_into(out.resize_((*left.shape[:-1], right.shape[-1])), left, right)


def _added(
    added: torch.Tensor, left: torch.Tensor, right: torch.Tensor, *, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    """``beta * added + alpha * left @ right``; with a beta of 0 what is added may be anything."""
    total = product(left, right)
    if alpha != 1:
        total.mul_(alpha)
    return total.add_(added, alpha=beta) if beta != 0 else total


def _added_in_place(
    added: torch.Tensor, left: torch.Tensor, right: torch.Tensor, *, beta: float = 1, alpha: float = 1
) -> torch.Tensor:
    return added.copy_(_added(added, left, right, beta=beta, alpha=alpha))


def _added_out(
    added: torch.Tensor,
    left: torch.Tensor,
    right: torch.Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: torch.Tensor,
) -> torch.Tensor:
    total = _added(added, left, right, beta=beta, alpha=alpha)
    return out.resize_(total.shape).copy_(total)


PRODUCTS: Mapping[str, Kernel] = {
    "mm": product,
    "mm.out": _product_out,
    "bmm": product,
    "bmm.out": _product_out,
    "addmm": _added,
    "addmm_": _added_in_place,
    "addmm.out": _added_out,
    "baddbmm": _added,
    "baddbmm_": _added_in_place,
    "baddbmm.out": _added_out,
}
