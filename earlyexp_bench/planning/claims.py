"""The claims that a benchmark states, looked up and checked before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from earlyexp_bench.contracts import (
    BenchmarkData,
    Claim,
    ClaimDefinition,
    KeyPath,
    Misplaced,
    UserError,
    canonical_json,
)
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.planning.authors import Owner, asked, located
from earlyexp_bench.planning.parameters import Written, component_parameters
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.spec.models import ClaimUse


@dataclass(frozen=True)
class PlannedClaim:
    """A claim as a benchmark states it.

    Attributes:
        name: What the benchmark calls it.
        recipes: Those compared, in the claim's order.
        terms: What `leaderboard.json` says of it beside name and recipes.
        benchmark: As its file says it.
    """

    name: str
    owner: Owner
    definition: ClaimDefinition[Any]
    params: BaseModel
    recipes: tuple[str, ...]
    terms: dict[str, Any]
    benchmark: BenchmarkData

    def heavy(self) -> Claim:
        """Import the heavy half and return it for these parameters.

        Raises:
            UserError: The plugin's author has something to mend.
        """
        made: Claim = asked(self.owner, "implementation", self._made)
        return made

    def _made(self) -> Any:  # noqa: ANN401 - the author's
        return load_object(self.definition.implementation)(self.params, self.benchmark)


def plan_claims(loaded: LoadedBenchmark) -> tuple[PlannedClaim, ...]:
    """Look up the claims that a benchmark states, and let each say whether it can be tested there.

    Raises:
        UserError: One does not exist, is stated twice, its parameters are wrong, or it compares what differs in more
            than the claim is about.
    """
    data = benchmark_data(loaded)
    planned: list[PlannedClaim] = []
    for index, use in enumerate(loaded.spec.claims):
        path: KeyPath = ("claims", index)
        claim = _planned(loaded, path, use, data)
        if any((claim.owner.id, claim.params) == (other.owner.id, other.params) for other in planned):
            where = loaded.where(path)
            raise UserError(f"states {use.claim} of the same recipes again", where=where, expected="each claim once")
        planned.append(claim)
    return tuple(planned)


def benchmark_data(loaded: LoadedBenchmark) -> dict[str, Any]:
    """Return a benchmark as its file says it, every default of its own filled in, without anybody else's recipes."""
    data = loaded.spec.model_dump(by_alias=True)
    data["recipes"] = {name: r for name, r in data["recipes"].items() if loaded.is_own(name)}
    return data


def _planned(loaded: LoadedBenchmark, path: KeyPath, use: ClaimUse, data: dict[str, Any]) -> PlannedClaim:
    entry = located(lambda: registry().claim(use.claim), loaded.where((*path, "claim")))
    definition, owner = entry.definition, Owner.of(entry, loaded.where(path))
    written = Written(use.params, loaded.source, path, beside=("claim",))
    params = component_parameters(owner, definition.Params, written).values
    recipes = asked(owner, "recipes", lambda: dict(definition.recipes(params)))
    _require_recipes(loaded, path, recipes, data["recipes"])
    asked(owner, "check", lambda: _check(loaded, path, definition, params, data))
    terms = asked(owner, "terms", lambda: _as_json(definition.terms(params, data)))
    return PlannedClaim(use.claim, owner, definition, params, tuple(recipes.values()), terms, data)


def _require_recipes(
    loaded: LoadedBenchmark, path: KeyPath, named: Mapping[KeyPath, str], known: Mapping[str, Any]
) -> None:
    for key, name in named.items():
        if name not in known:
            where = loaded.where((*path, *key))
            raise UserError(f"{name!r} is not a recipe; there are {', '.join(known)}", where=where)


def _check(
    loaded: LoadedBenchmark, path: KeyPath, definition: ClaimDefinition[Any], params: BaseModel, data: BenchmarkData
) -> None:
    try:
        definition.check(params, data)
    except Misplaced as wrong:
        raise UserError(str(wrong), where=loaded.where((*path, *wrong.path))) from wrong


def _as_json(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file can say: better now than when the board is written."""
    canonical_json(terms)
    return dict(terms)
