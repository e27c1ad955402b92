"""WiSE-FT (arXiv 2109.01903): weight-space ensembles of the stage's start and end."""

import torch

from earlyexp_bench.training import Method, Tensors
from earlyexp_mitigations.averages import output_name


class WiseFT(Method):
    """Interpolates after training, which it leaves alone."""

    def outputs(self, start: Tensors, final: Tensors) -> dict[str, Tensors]:
        """Return one checkpoint for each share; exactly the start at 0, exactly the end at 1."""
        return {
            output_name(alpha): {name: _between(start[name], end, alpha) for name, end in final.items()}
            for alpha in self.params.alphas
        }


def _between(start: torch.Tensor, end: torch.Tensor, alpha: float) -> torch.Tensor:
    # `lerp` is exact at both ends. Counters and the like have no average.
    return torch.lerp(start, end, alpha) if end.is_floating_point() else end.clone()
