"""Solutions of the gradient flow, and of the scores of its fronts.

Time t is learning rate × steps as the rate goes to 0. Strengths p, loss ½ Σ (f − y)².

- *A feature alone* obeys dp/dt = 2p(s − p), the logistic equation. That is the invariant feature in every stage, the
  inconsistent one in pretraining without exposure (s = α) and in fine-tuning (s = δ). The specialised one is off there:
  dp/dt = 0.
- *Post-training*: the inconsistent and the specialised strength, c and z, share one residual β − c − z and obey
  d ln c/dt = d ln z/dt = 2(β − c − z). So c / z is constant and their sum is logistic with s = β.
- *Exposed pretraining*, share m > 0 of the weight on the target: d ln c/dt = 2(1−m)(α − c) + 2m(β − c − z) and
  d ln z/dt = 2m(β − c − z), whose only rest with c, z > 0 is c = α, z = β − α, whatever m is.
- *A front*: post-training has ended at c₀ with c₀ + z = β, fine-tuning moves c towards δ. Retained loss is
  y = ½(c − c₀)², downstream loss x = ½(c − δ)², and c lies between the two, hence √(2x) + √(2y) = |δ − c₀| =: D, the
  front's *distance*. At equal x the front of smaller distance retains more: early exposure (c₀ ≈ α) gains against none
  (c₀ ≈ β) exactly if δ is nearer to α than to β, and loses if it is nearer to β.
"""

import numpy as np

from earlyexp_theory.tasks import Floats


def logistic(start: float, end: float, time: float) -> float:
    """Strength after ``time`` of dp/dt = 2p(end − p) from ``start``, both positive."""
    return float(end / (1 + (end / start - 1) * np.exp(-2 * end * time)))


def after_posttraining(strengths: Floats, invariant: float, target: float, time: float = np.inf) -> Floats:
    """Strengths after post-training for ``time``, shape (features,); by default at convergence.

    Args:
        strengths: Invariant, inconsistent and specialised before it, shape (features,).
        invariant: s.
        target: β.
        time: Learning rate × steps.
    """
    shared = float(strengths[1:].sum())
    grown = logistic(shared, target, time) / shared
    return np.array([logistic(float(strengths[0]), invariant, time), *(grown * strengths[1:])])


def retained_loss(downstream_loss: float, distance: float) -> float:
    """Retained loss y = ½(D − √(2x))² on the front of distance D, for 0 ≤ x ≤ ½D²."""
    return 0.5 * (distance - float(np.sqrt(2 * downstream_loss))) ** 2


def front_area(distance: float, low: float, high: float, nadir: tuple[float, float]) -> float:
    """Hypervolume of the whole front between two downstream losses, which staircases of run points approach from below.

    Args:
        distance: D.
        low: Least downstream loss on it.
        high: Largest, at most ½D².
        nadir: (downstream, retained), not below any point of the front.
    """
    beyond = (nadir[0] - high) * (nadir[1] - retained_loss(high, distance))
    return beyond + (high - low) * nadir[1] - (_below(distance, high) - _below(distance, low))


def matched_gap(reference: float, candidate: float, low: float, high: float) -> float:
    """Mean of y(reference) − y(candidate) over downstream losses from ``low`` to ``high``.

    Args:
        reference: D of one front.
        candidate: D of the other.
        low: Least downstream loss.
        high: Largest, at most ½D² of either.
    """
    areas = [_below(distance, high) - _below(distance, low) for distance in (reference, candidate)]
    return (areas[0] - areas[1]) / (high - low)


def _below(distance: float, downstream_loss: float) -> float:
    """∫₀ˣ ½(D − √(2x))² dx, by r = √(2x): ∫ ½(D − r)² r dr."""
    root = float(np.sqrt(2 * downstream_loss))
    return 0.5 * (distance**2 * root**2 / 2 - 2 * distance * root**3 / 3 + root**4 / 4)
