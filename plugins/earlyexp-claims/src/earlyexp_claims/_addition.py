"""R5a, R5b, R6: replay and dropout add to exposure, and exposure helps LoRA."""

from collections.abc import Sequence

from earlyexp_bench.scoring.claims import Evidence, p_greater, t_interval


def addition(with_it: Sequence[float], without_it: Sequence[float]) -> Evidence:
    """Test the paired difference in hypervolume between a recipe and the same recipe without one of its parts.

    R5a: early + replay against early. R5b: early + dropout against early. R6: early + LoRA against LoRA. Supported
    above 0, contradicted below: one two-sided t test, half of its 5% on each side.

    Args:
        with_it: Hypervolume of each seed.
        without_it: Of the same seeds.

    Raises:
        ValueError: Not the same number of seeds, or a score is missing.
    """
    if len(with_it) != len(without_it):
        raise ValueError(f"{len(with_it)} seeds with the addition and {len(without_it)} without it: scores are paired")
    differences = [a - b for a, b in zip(with_it, without_it, strict=True)]
    p_values = [float(p_greater(differences)), float(p_greater([-d for d in differences]))]
    estimate = t_interval(differences)
    supported, contradicted = (min(1.0, 2 * p) for p in p_values)
    return Evidence(estimate, supported, contradicted, f"hypervolume changes by {estimate.mean:+.3f}")
