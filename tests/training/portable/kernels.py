"""Compares every portable kernel with torch's own in double precision: run in a process of its own, for they stay."""

import itertools

import torch
from torch.nn import functional

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training import make_deterministic


def products() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    a, b, c = torch.randn(7, 40), torch.randn(40, 9), torch.randn(7, 9)
    many, others, added = torch.randn(3, 7, 40), torch.randn(3, 40, 9), torch.randn(3, 7, 9)
    wide = torch.randn(40, 7).t()
    return {
        "mm": a @ b,
        "mm of transposed": wide @ torch.randn(9, 40).t(),
        "mm.out": torch.mm(a, b, out=torch.empty(0)),
        "mm of nothing": torch.zeros(0, 40) @ b,
        "mm over nothing": torch.zeros(7, 0) @ torch.zeros(0, 9),
        "addmm": torch.addmm(c, a, b, beta=0.5, alpha=2),
        "addmm of a row": torch.addmm(c[0], a, b),
        "addmm, beta 0": torch.addmm(torch.full((7, 9), torch.nan), a, b, beta=0),
        "addmm_": c.clone().addmm_(a, b),
        "addmm.out": torch.addmm(c, a, b, out=torch.empty(0)),
        "bmm": many @ others,
        "bmm.out": torch.bmm(many, others, out=torch.empty(0)),
        "bmm of expanded": torch.randn(1, 7, 40).expand(3, 7, 40) @ others,
        "baddbmm": torch.baddbmm(added, many, others, beta=0.5, alpha=2),
        "baddbmm_": added.clone().baddbmm_(many, others),
        "linear": functional.linear(many, torch.randn(5, 40), torch.randn(5)),
        "einsum": torch.einsum("rij,rkj->rik", many, torch.randn(3, 9, 40)),
    }


def functions() -> dict[str, torch.Tensor]:
    values = torch.linspace(0.01, 0.99, 50)
    names = ("sqrt", "acos", "asin", "atan", "tan")
    found = {name: getattr(torch, name)(values[::2]) for name in names}
    found |= {f"{name}_": getattr(values.clone(), f"{name}_")() for name in names}
    found |= {f"{name}.out": getattr(torch, name)(values, out=torch.empty(0)) for name in names}
    return found | {"sqrt of one": torch.sqrt(torch.tensor(2.0)), "foreach": torch._foreach_sqrt([values])[0]}


def attention() -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for causal, heads, masked in itertools.product((True, False), (4, 2), (True, False)):
        if causal and masked:
            continue
        torch.manual_seed(1)
        shapes = ((2, 4, 12, 8), (2, heads, 12, 8), (2, heads, 12, 8))
        query, key, value = (torch.randn(shape).requires_grad_() for shape in shapes)
        mask = torch.ones(12, 12, dtype=torch.bool).tril() if masked else None
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=causal, enable_gqa=heads != 4
        )
        mixed.backward(torch.randn(mixed.shape))
        name = f"attention, causal={causal}, heads={heads}, masked={masked}"
        found[name] = mixed.detach()
        for part, tensor in zip("qkv", (query, key, value), strict=True):
            assert tensor.grad is not None
            found[f"{name}, gradient of {part}"] = tensor.grad
    return found


def everything(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    torch.set_default_dtype(dtype)
    return products() | functions() | attention()


def main() -> None:
    # The same random numbers in single and double precision: drawn in single, as the generator gives others in double.
    draw = torch.randn
    torch.randn = lambda *shape, **options: draw(*shape, dtype=torch.float32, **options).to(torch.get_default_dtype())
    exact = everything(torch.float64)
    whole = torch.arange(6).view(2, 3)
    product = whole @ whole.t()
    make_deterministic(Numerics(instruction_set="portable"))
    for dtype, tolerance in ((torch.float32, 3e-6), (torch.float64, 1e-14)):
        for name, value in everything(dtype).items():
            assert value.dtype == dtype, name
            error = (value.double() - exact[name].double()).abs()
            assert value.shape == exact[name].shape, name
            assert not error.numel() or float((error / (1 + exact[name].abs())).max()) < tolerance, (name, dtype)
    assert torch.equal(whole @ whole.t(), product)  # what is no float is torch's own
    assert (torch.ones(2, 3, dtype=torch.bfloat16) @ torch.ones(3, 2, dtype=torch.bfloat16)).dtype == torch.bfloat16
    half_precision = torch.ones(4, dtype=torch.bfloat16).sqrt()
    assert half_precision.dtype == torch.bfloat16
    print("equal")


if __name__ == "__main__":
    main()
