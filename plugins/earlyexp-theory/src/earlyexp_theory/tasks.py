"""Three regression tasks whose inputs share their singular vectors, told by the activations of three features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
FEATURES = ("invariant", "inconsistent", "specialised")


@dataclass(frozen=True, slots=True)
class Strengths:
    """What the tasks ask of the features; all positive.

    Attributes:
        invariant: s, the same in every task.
        general: α, of the inconsistent feature on the general corpus.
        target: β > α, of the inconsistent and the specialised feature together on the target.
        contrary: δ below α, of the inconsistent feature: a downstream task that undoes what the target asked of it.
        akin: δ above β: a downstream task that asks for more of the same.
    """

    invariant: float
    general: float
    target: float
    contrary: float
    akin: float


@dataclass(frozen=True, slots=True)
class Task:
    """A weighted least-squares problem without noise.

    Attributes:
        inputs: Activations, shape (samples, features): the singular values of each input matrix.
        targets: Shape (samples,).
        weights: Shape (samples,).
    """

    inputs: Floats
    targets: Floats
    weights: Floats

    def loss(self, strengths: ArrayLike) -> float:
        """½ Σ w (f − y)² for strengths of shape (features,)."""
        residuals = self.inputs @ np.asarray(strengths) - self.targets
        return float(0.5 * np.sum(self.weights * residuals**2))


def draw_strengths(seed: int) -> Strengths:
    """Draw what the tasks of one seed ask for."""
    draw = np.random.RandomState(seed).uniform  # its stream is frozen (NEP 19), a Generator's is not
    general, added = draw(0.9, 1.1), draw(0.3, 0.4)
    return Strengths(
        invariant=draw(0.9, 1.1),
        general=general,
        target=general + added,
        contrary=general * draw(0.1, 0.2),
        akin=general + added + draw(0.2, 0.4),
    )


def general(strengths: Strengths) -> Task:
    """The general corpus: the specialised feature is off."""
    return _task(([1, 0, 0], strengths.invariant), ([0, 1, 0], strengths.general))


def target(strengths: Strengths) -> Task:
    """The target domain: the inconsistent and the specialised feature are only ever seen together."""
    return _task(([1, 0, 0], strengths.invariant), ([0, 1, 1], strengths.target))


def downstream(strengths: Strengths, inconsistent: float) -> Task:
    """A downstream domain that asks for ``inconsistent`` of that feature; the specialised one is off."""
    return _task(([1, 0, 0], strengths.invariant), ([0, 1, 0], inconsistent))


def mixture(corpus: Task, exposed: Task, share: float) -> Task:
    """A corpus of which ``share`` of the weight is another task's."""
    if not 0 <= share < 1:
        raise ValueError(f"the exposed share is {share}, must be at least 0 and below 1")
    return Task(
        np.concatenate([corpus.inputs, exposed.inputs]),
        np.concatenate([corpus.targets, exposed.targets]),
        np.concatenate([(1 - share) * corpus.weights, share * exposed.weights]),
    )


def _task(*samples: tuple[list[int], float]) -> Task:
    inputs = np.array([activations for activations, _ in samples], dtype=np.float64)
    targets = np.array([value for _, value in samples], dtype=np.float64)
    return Task(inputs, targets, np.ones(len(samples)))
