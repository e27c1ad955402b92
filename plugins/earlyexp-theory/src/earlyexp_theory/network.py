"""The two-layer linear network and plain gradient descent on it."""

from dataclasses import dataclass

import numpy as np

from earlyexp_theory.tasks import FEATURES, Floats, Task


@dataclass(frozen=True, slots=True)
class Basis:
    """Singular vectors that the inputs of all tasks share.

    Attributes:
        left: Orthonormal columns uᵢ, shape (size, features).
        right: Orthonormal columns vᵢ, shape (size, features).
    """

    left: Floats
    right: Floats

    def inputs(self, task: Task) -> Floats:
        """Input matrices Σᵢ xᵢ uᵢvᵢᵀ of a task, flattened, shape (samples, size²)."""
        matrices = np.einsum("nf,if,jf->nij", task.inputs, self.left, self.right)
        return np.asarray(matrices.reshape(len(task.inputs), -1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Network:
    """f(X) = ⟨X, W₂W₁⟩.

    Attributes:
        first: W₁, shape (hidden, size).
        second: W₂, shape (size, hidden).
    """

    first: Floats
    second: Floats

    def strengths(self, basis: Basis) -> Floats:
        """uᵢᵀW₂W₁vᵢ of every feature, shape (features,)."""
        product = self.second @ self.first
        return np.asarray(np.einsum("if,ij,jf->f", basis.left, product, basis.right), dtype=np.float64)

    def unaligned(self, basis: Basis) -> float:
        """Frobenius norm of what W₂W₁ holds beside the features themselves."""
        features = (basis.left * self.strengths(basis)) @ basis.right.T
        return float(np.linalg.norm(self.second @ self.first - features))


@dataclass(frozen=True, slots=True)
class Trained:
    """A network after a stage, and whether the loss came down to the tolerance."""

    network: Network
    converged: bool


def draw_basis(seed: int, size: int = 6) -> Basis:
    """Draw orthonormal vectors of length ``size``."""
    normal = np.random.RandomState(seed).normal
    left, right = (np.linalg.qr(normal(size=(size, len(FEATURES))))[0] for _ in range(2))
    return Basis(left, right)


def aligned(basis: Basis, strength: float, seed: int) -> Network:
    """A balanced network that holds each feature at ``strength`` and nothing else.

    Hidden units are rotated at random, so no unit belongs to one feature.
    """
    normal = np.random.RandomState(seed).normal
    hidden, _ = np.linalg.qr(normal(size=(len(FEATURES), len(FEATURES))))
    root = np.sqrt(strength)
    return Network(root * hidden @ basis.right.T, root * basis.left @ hidden.T)


def descend(
    network: Network, task: Task, basis: Basis, learning_rate: float, steps: int, tolerance: float = 0.0
) -> Trained:
    """Take full-batch gradient steps on all weights, at most ``steps`` and until the loss is at most ``tolerance``.

    Raises:
        ValueError: The loss is no longer finite: the learning rate is too high for the task.
    """
    inputs, first, second = basis.inputs(task), network.first, network.second
    shape = (second.shape[0], first.shape[1])
    for step in range(steps + 1):
        residuals = inputs @ (second @ first).ravel() - task.targets
        weighted = task.weights * residuals
        loss = 0.5 * float(weighted @ residuals)
        if not np.isfinite(loss):
            raise ValueError(f"the loss is {loss} after {step} steps: learning rate {learning_rate} is too high")
        if loss <= tolerance or step == steps:
            break
        gradient = (weighted @ inputs).reshape(shape)
        first, second = (
            first - learning_rate * second.T @ gradient,
            second - learning_rate * gradient @ first.T,
        )
    return Trained(Network(first, second), loss <= tolerance)
