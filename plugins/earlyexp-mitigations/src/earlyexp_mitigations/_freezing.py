"""Freezing of lower layers (arXiv 1911.03090)."""

from typing import Any

import torch

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training import Method
from earlyexp_mitigations._model import decoder_layers


class Freezing(Method):
    """Takes the lower layers, and the embedding if asked, from what is trained."""

    def wrap(self, model: Any) -> torch.nn.Module:  # noqa: ANN401 - a transformers model
        """Freeze.

        Raises:
            UserError: The share of layers rounds to none.
        """
        layers = decoder_layers(model)
        count = self.params.frozen(len(layers))
        if count == 0:
            raise UserError(
                f"{self.params.fraction:.3g} of {len(layers)} layers is none",
                where="freezing.fraction",
                expected=f"{1 / len(layers):.3g} or more",
            )
        for layer in list(layers)[:count]:
            layer.requires_grad_(False)
        if self.params.embeddings:
            model.get_input_embeddings().requires_grad_(False)
        frozen: torch.nn.Module = model
        return frozen

    def unwrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """Let everything move again."""
        return model.requires_grad_(True)
