"""Claims of any paper: planned by what their plugin says, and refused with file and key before anything trains."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from earlyexp_bench.contracts import ClaimDefinition, KeyPath, Misplaced, UserError
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import filled_in, load_benchmark, protocol_hash

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"


class Params(BaseModel):
    slow: str = Field(alias="who")
    margin: float = 0.1


class Slower(ClaimDefinition[Params]):
    name, version, statement = "S1", "1", "It is slower"
    Params = Params
    implementation = "nowhere:Slower"

    def recipes(self, params: Params) -> dict[KeyPath, str]:
        return {("who",): params.slow}

    def check(self, params: Params, benchmark: Any) -> None:
        if benchmark["recipes"][params.slow]["exposure"]["fraction"] == 0:
            raise Misplaced(("who",), "is not exposed")

    def terms(self, params: Params, benchmark: Any) -> dict[str, Any]:
        return {"margin": params.margin}


def register(monkeypatch: pytest.MonkeyPatch, id_: str, definition: ClaimDefinition[Any]) -> None:
    entry = Registered(id_, "claim", "1", definition, "earlyexp-paper", "1.2")
    monkeypatch.setitem(registry().components["claim"], id_, entry)


@pytest.fixture(autouse=True)
def slower(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "paper/S1", Slower())


def stating(tmp_path: Path, *claims: str) -> str:
    (tmp_path / "mine.yaml").write_text(SMOKE.read_text() + f"claims: [{', '.join(claims)}]\n")
    return str(tmp_path / "mine.yaml")


def test_a_claim_goes_to_the_board_as_its_plugin_says(tmp_path: Path) -> None:
    (claim,) = build_plan(load_benchmark(stating(tmp_path, "{claim: S1, who: early}"))).claims
    assert (claim.name, claim.owner.id, claim.recipes) == ("S1", "paper/S1", ("early",))
    assert claim.terms == {"margin": 0.1}


WRONG = [
    ("{claim: S2, who: early}", r"mine\.yaml:\d+: claims\.0\.claim: no claim 'S2' is installed", "paper/S1"),
    ("{claim: S1, who: erly}", r"mine\.yaml:\d+: claims\.0\.who: 'erly' is not a recipe; .*early", ""),
    ("{claim: S1, who: early, margn: 2}", r"claims\.0\.margn: unknown key 'margn'", "'margin'?"),
    ("{claim: S1, who: early, margin: wide}", r"claims\.0\.margin: 'wide' is wrong", "a number"),
    ("{claim: S1}", r"claims\.0\.who: is missing", "text"),
    ("{claim: S1, who: baseline}", r"claims\.0\.who: is not exposed", ""),
    ("{claim: S1, who: early}, {claim: paper/S1, who: early}", r"claims\.1: states paper/S1", "once"),
]


@pytest.mark.parametrize(("claims", "message", "expected"), WRONG)
def test_a_claim_that_cannot_be_tested_is_refused_at_its_place(
    tmp_path: Path, claims: str, message: str, expected: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        build_plan(load_benchmark(stating(tmp_path, claims)))
    assert expected in caught.value.expected


def test_a_claim_is_not_about_somebody_elses_recipe(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text("recipes: {late: {exposure: {fraction: 1, placement: late}}}")
    written = stating(tmp_path, "{claim: S1, who: late}")
    with pytest.raises(UserError, match="'late' is not a recipe"):
        build_plan(load_benchmark(written, recipes=tmp_path / "theirs.yaml"))


def test_two_papers_may_call_a_claim_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "journal/S1", Slower())
    with pytest.raises(UserError, match="'S1' is ambiguous: journal/S1 and paper/S1"):
        build_plan(load_benchmark(stating(tmp_path, "{claim: S1, who: early}")))
    both = stating(tmp_path, "{claim: paper/S1, who: early}", "{claim: journal/S1, who: early}")
    assert [claim.name for claim in build_plan(load_benchmark(both)).claims] == ["paper/S1", "journal/S1"]


def test_a_protocol_holds_a_claims_parameters_defaults_filled_in(tmp_path: Path) -> None:
    plain = load_benchmark(stating(tmp_path, "{claim: S1, who: early}"))
    assert load_benchmark(stating(tmp_path, "{claim: S1, who: early, margin: 1e-1}")).protocol == plain.protocol
    assert protocol_hash(filled_in(plain.spec)) == plain.protocol
    assert filled_in(plain.spec).claims[0].params == {"who": "early", "margin": 0.1}
    assert load_benchmark(stating(tmp_path, "{claim: S1, who: early, margin: 0.2}")).protocol != plain.protocol


class Failing(Slower):
    def check(self, params: Params, benchmark: Any) -> None:
        raise KeyError("no luck")


class Unwritable(Slower):
    def terms(self, params: Params, benchmark: Any) -> dict[str, Any]:
        return {"what": object()}


def test_what_an_author_got_wrong_is_told_as_the_plugins_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = build_plan(load_benchmark(stating(tmp_path, "{claim: S1, who: early}")))
    with pytest.raises(UserError, match="paper/S1: its `implementation` failed with ModuleNotFoundError"):
        plan.claims[0].heavy()
    register(monkeypatch, "paper/S1", Failing())
    with pytest.raises(UserError, match="paper/S1: its `check` failed with KeyError") as caught:
        build_plan(load_benchmark(stating(tmp_path, "{claim: S1, who: early}")))
    assert "earlyexp-paper 1.2" in caught.value.expected
    register(monkeypatch, "paper/S1", Unwritable())
    with pytest.raises(UserError, match="paper/S1: its `terms` failed"):
        build_plan(load_benchmark(stating(tmp_path, "{claim: S1, who: early}")))
