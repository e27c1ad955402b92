"""The diagonal of the empirical Fisher information (arXiv 1612.00796), sample by sample."""

import numpy as np
import torch

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training import Method, MethodContext, Sequences, Tensors, permutation, row_losses
from earlyexp_mitigations._model import evaluating, trained


class Fisher(Method):
    """Keeps the Fisher information at the weights that the stage ends with."""

    def sidecar(self, model: torch.nn.Module) -> Tensors:
        """Return one tensor for each parameter, under its name and of its shape."""
        model.requires_grad_(True)
        sequences = self.context.tokens[self.params.data]
        return diagonal_fisher(model, sequences, sample(sequences, self.params.tokens, self.context), self.context)


def sample(sequences: Sequences, tokens: int, context: MethodContext) -> np.ndarray:
    """Draw whole sequences of at most ``tokens`` tokens, each at most once.

    Raises:
        UserError: Not one sequence is so short.
    """
    count = min(tokens // sequences.ids.shape[1], len(sequences.full))
    if count == 0:
        raise UserError(
            f"{tokens} tokens are not one sequence of {sequences.ids.shape[1]} for the Fisher information",
            where="tokens",
            expected=f"{sequences.ids.shape[1]} or more",
        )
    order = permutation(len(sequences.full), context.seed, "fisher", context.stage)
    return sequences.full[order[:count]]


def diagonal_fisher(model: torch.nn.Module, sequences: Sequences, rows: np.ndarray, context: MethodContext) -> Tensors:
    """Return the mean over ``rows`` of the squared gradient of a row's mean NLL, by parameter name.

    A sample is a packed sequence, and its loss the one that training takes a mean of; dropout is off.

    Args:
        model: In any mode, which is left as it is.
        sequences: The stream.
        rows: Which of its sequences, shape (n,).
        context: For the device.
    """
    parameters = trained(model)
    fisher = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    with evaluating(model):
        for row in rows:
            gradients = torch.autograd.grad(_mean_loss(model, sequences, row, context), list(parameters.values()))
            for total, gradient in zip(fisher.values(), gradients, strict=True):
                total.add_(gradient.square(), alpha=1 / len(rows))
    return fisher


def _mean_loss(model: torch.nn.Module, sequences: Sequences, row: int, context: MethodContext) -> torch.Tensor:
    ids = torch.from_numpy(sequences.ids[[row]].astype(np.int64)).to(context.device)
    scored = torch.from_numpy(sequences.scored[[row]]).to(context.device)
    losses, counts = row_losses(model, ids, scored)
    return losses.sum() / counts.sum().clamp(min=1)
