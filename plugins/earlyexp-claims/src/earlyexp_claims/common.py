"""What the light halves share: the paper, and which recipes differ in exposure alone."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from earlyexp_bench.contracts import BenchmarkData, ClaimDefinition, KeyPath, Misplaced

PAPER = "Feng et al. 2026, arXiv 2605.12705"
Recipe = Mapping[str, Any]
P = TypeVar("P", bound=BaseModel)


class Params(BaseModel):
    """Base of all parameters: frozen, unknown keys refused, numbers finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


def board_terms(fractions: tuple[float, ...] = (), learning_rate: float | None = None) -> dict[str, Any]:
    """What the board says of a claim: λ of each recipe and the stage-3 rate, which only claims about λ have."""
    return {"fractions": fractions, "learning_rate": learning_rate}


class BoardClaim(ClaimDefinition[P]):
    """A claim of the paper about recipes as the board has them, whatever their λ and at no rate of its own."""

    reference = PAPER

    def terms(self, params: P, benchmark: BenchmarkData) -> dict[str, Any]:
        """Say that it is not about λ."""
        return board_terms()


def check_exposed(path: KeyPath, more: Recipe, less: Recipe) -> None:
    """Refuse two recipes that differ in anything but how much of the target pretraining sees.

    Raises:
        Misplaced: At ``path``, where the benchmark names ``more``.
    """
    fractions = less["exposure"]["fraction"], more["exposure"]["fraction"]
    if fractions[1] <= fractions[0]:
        raise Misplaced(path, f"must have the larger exposure fraction, and {fractions[1]:g} follows {fractions[0]:g}")
    if (source := more["exposure"]["source"]) != "target":
        raise Misplaced(path, f"is a control: it exposes {source!r}, and the claim is about the target")
    if _unexposed(more, like=more) != _unexposed(less, like=less if fractions[0] else more):
        raise Misplaced(path, "differs in more than its exposure fraction from the recipe that it is compared with")


def _unexposed(recipe: Recipe, like: Recipe) -> Recipe:
    """A recipe without description and fraction, and with the other terms of exposure of ``like``."""
    return {**recipe, "description": "", "exposure": {**like["exposure"], "fraction": 0.0}}


def methods(recipe: Recipe) -> list[str]:
    """Short names of the methods that a recipe lists in post-training."""
    return [short_name(use) for use in recipe["posttraining"]]


def short_name(use: Mapping[str, Any]) -> str:
    """A method's name without its distribution."""
    return str(use["use"]).rpartition("/")[2]
