"""The paper's claims as a benchmark states them, and which recipes each may compare."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from earlyexp_bench.contracts.quantity import Number
from earlyexp_bench.spec.base import KeyPath, Misplaced, Name, Spec

if TYPE_CHECKING:
    from earlyexp_bench.spec.models import Benchmark, Recipe

ADDED = {"R5a": "replay", "R5b": "dropout"}


class LambdaClaim(Spec):
    """R1, R2 or R3: how losses move with λ."""

    claim: Literal["R1", "R2", "R3"]
    recipes: list[Name] = Field(min_length=2, description="By rising exposure fraction, alike in everything else.")
    learning_rate: Number = Field(description="The one rate of stage 3 at which L_ret is read.")


class FrontClaim(Spec):
    """R4: the exposed front dominates, in both views."""

    claim: Literal["R4"]
    reference: Name
    exposed: Name = Field(description="The same recipe with more exposure.")


class AdditionClaim(Spec):
    """R5a, R5b or R6: a recipe against the same recipe without one of its parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    claim: Literal["R5a", "R5b", "R6"]
    with_it: Name = Field(alias="with", description="With replay (R5a), dropout (R5b), or exposure beside LoRA (R6).")
    without_it: Name = Field(alias="without", description="The same recipe without it.")


Claim = Annotated[LambdaClaim | FrontClaim | AdditionClaim, Field(discriminator="claim")]


def check_claims(spec: "Benchmark") -> None:
    """Refuse claims that name no recipe, or that compare what differs in more than the claim is about.

    Raises:
        Misplaced: With the place within the benchmark, what is wrong, and what would be right.
    """
    for index, claim in enumerate(spec.claims):
        where: KeyPath = ("claims", index)
        if claim in spec.claims[:index]:
            raise Misplaced(where, f"states {claim.claim} of the same recipes again")
        _check_names(where, claim, spec.recipes)
        if isinstance(claim, LambdaClaim):
            _check_lambda(where, claim, spec)
        elif isinstance(claim, FrontClaim):
            _check_exposed((*where, "exposed"), spec.recipes[claim.exposed], spec.recipes[claim.reference])
        else:
            _check_addition(where, claim, spec.recipes)


def _check_names(where: KeyPath, claim: Claim, recipes: Mapping[str, "Recipe"]) -> None:
    for key, name in _named(claim):
        if name not in recipes:
            raise Misplaced((*where, *key), f"{name!r} is not a recipe; there are {', '.join(recipes)}")


def _named(claim: Claim) -> list[tuple[KeyPath, str]]:
    if isinstance(claim, LambdaClaim):
        return [(("recipes", index), name) for index, name in enumerate(claim.recipes)]
    if isinstance(claim, FrontClaim):
        return [(("reference",), claim.reference), (("exposed",), claim.exposed)]
    return [(("with",), claim.with_it), (("without",), claim.without_it)]


def _check_lambda(where: KeyPath, claim: LambdaClaim, spec: "Benchmark") -> None:
    recipes = [spec.recipes[name] for name in claim.recipes]
    for index, (lower, higher) in enumerate(itertools.pairwise(recipes)):
        _check_exposed((*where, "recipes", index + 1), higher, lower)
    if claim.claim == "R3" and len(recipes) < 3:
        raise Misplaced((*where, "recipes"), "an interior λ needs at least three")
    if claim.learning_rate not in spec.finetuning.sweep["learning_rate"]:
        rates = ", ".join(f"{rate:g}" for rate in spec.finetuning.sweep["learning_rate"])
        wrong = f"{claim.learning_rate:g} is not swept; there are {rates}"
        raise Misplaced((*where, "learning_rate"), wrong)
    if any(len(values) > 1 for values in spec.posttraining.sweep.values()):
        raise Misplaced(where, f"{claim.claim} reads one setting of post-training, and `posttraining.sweep` has more")
    if (claim.claim == "R3") != (spec.track == "matched"):
        raise Misplaced(where, f"{claim.claim} is a claim on track {'matched' if claim.claim == 'R3' else 'added'}")
    if claim.claim == "R1" and spec.posttraining.until != "converged":
        raise Misplaced(where, "R1 is about converged post-training, and `posttraining.until` is one-pass")


def _check_exposed(where: KeyPath, more: "Recipe", less: "Recipe") -> None:
    """Refuse two recipes that differ in anything but how much of the target pretraining sees."""
    fractions = less.exposure.fraction, more.exposure.fraction
    if fractions[1] <= fractions[0]:
        raise Misplaced(where, f"must have the larger exposure fraction, and {fractions[1]:g} follows {fractions[0]:g}")
    if more.exposure.source != "target":
        raise Misplaced(where, f"is a control: it exposes {more.exposure.source!r}, and the claim is about the target")
    if _unexposed(more, like=more) != _unexposed(less, like=less if fractions[0] else more):
        raise Misplaced(where, "differs in more than its exposure fraction from the recipe that it is compared with")


def _unexposed(recipe: "Recipe", like: "Recipe") -> "Recipe":
    """A recipe without description and fraction, and with the other terms of exposure of ``like``."""
    exposure = like.exposure.model_copy(update={"fraction": 0.0})
    return recipe.model_copy(update={"description": "", "exposure": exposure})


def _check_addition(where: KeyPath, claim: AdditionClaim, recipes: Mapping[str, "Recipe"]) -> None:
    added, plain = recipes[claim.with_it], recipes[claim.without_it]
    if claim.claim == "R6":
        _check_exposed((*where, "with"), added, plain)
        if "lora" not in _methods(plain):
            wrong = "has no `lora` in posttraining, and R6 is about exposure beside LoRA"
            raise Misplaced((*where, "without"), wrong)
        return
    part = ADDED[claim.claim]
    if not plain.exposure.fraction:
        wrong = f"is not exposed, and {claim.claim} is about {part} in addition to exposure"
        raise Misplaced((*where, "without"), wrong)
    left = [use for use in added.posttraining if use.short_name != part]
    without = added.model_copy(update={"description": plain.description, "posttraining": left})
    if part not in _methods(added) or without != plain:
        wrong = f"must be {claim.without_it!r} with `{part}` in posttraining, and nothing else"
        raise Misplaced((*where, "with"), wrong)


def _methods(recipe: "Recipe") -> list[str]:
    return [use.short_name for use in recipe.posttraining]
