"""OPLoRA (arXiv 2510.13003): low-rank updates off the top singular directions, on both sides."""

from typing import Any

import torch

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training import Method, MethodContext
from earlyexp_mitigations._adapters import Adapter, adapt, merge


class ProjectedAdapter(Adapter):
    """A frozen linear layer W with the update s · (I − UUᵀ) B A (I − VVᵀ).

    U and V are the ``preserved`` top left and right singular vectors of W, so W's top singular triples stay
    exactly as they are whatever A and B become.
    """

    left: torch.Tensor
    right: torch.Tensor

    def __init__(self, base: torch.nn.Linear, rank: int, scale: float, preserved: int) -> None:
        super().__init__(base, rank, scale)
        left, right = _top_directions(base.weight, preserved)
        # Worked out from the weights again when a stage resumes, so no part of its checkpoint.
        self.register_buffer("left", left, persistent=False)
        self.register_buffer("right", right, persistent=False)

    def adapted(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what the update adds, before scaling."""
        update = super().adapted(inputs - inputs @ self.right @ self.right.T)
        return update - update @ self.left @ self.left.T

    def factors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return B and A projected, in float64."""
        up, down = super().factors()
        left, right = self.left.double(), self.right.double()
        return up - left @ (left.T @ up), down - (down @ right) @ right.T


class OPLoRA(Method):
    """Adapts every linear layer of the decoder; embedding and head stay as they are."""

    def __init__(self, params: Any, context: MethodContext) -> None:  # noqa: ANN401 - OPLoRAParams
        super().__init__(params, context)
        self._adapters: dict[str, Adapter] = {}

    def wrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Freeze the model and put the adapters in.

        Raises:
            UserError: A layer has no more directions than are preserved.
        """
        scale = (self.params.alpha or 2 * self.params.rank) / self.params.rank

        def make(name: str, layer: torch.nn.Linear) -> Adapter:
            preserved = _preserved(name, layer, self.params.preserved)
            return ProjectedAdapter(layer, self.params.rank, scale, preserved)

        self._adapters = adapt(model, make)
        return model

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Merge the adapters."""
        return merge(model, self._adapters, self.context.device)


def _top_directions(weight: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Top left and right singular vectors as columns, shapes (out, count) and (in, count)."""
    left, _, right = torch.linalg.svd(weight.detach().double(), full_matrices=False)
    return left[:, :count].to(weight.dtype).contiguous(), right[:count].T.to(weight.dtype).contiguous()


def _preserved(name: str, layer: torch.nn.Linear, wanted: int | None) -> int:
    smallest = min(layer.in_features, layer.out_features)
    preserved = max(1, smallest // 8) if wanted is None else wanted
    if preserved >= smallest:
        raise UserError(
            f"{preserved} preserved directions leave nothing of {name}, whose rank is at most {smallest}",
            where="oplora.preserved",
            expected=f"fewer than {smallest}",
        )
    return preserved
