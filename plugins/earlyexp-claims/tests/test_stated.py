"""What a benchmark may state: each claim compares recipes that differ in nothing but what it is about."""

from pathlib import Path

import pytest

from earlyexp_bench.builtin import __file__ as builtin
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark

SMOKE = Path(builtin).parent / "smoke.yaml"

RECIPES = """recipes:
  longer: {exposure: {fraction: 1, source: general}}
  dropped: {exposure: {fraction: 0.5}, posttraining: [dropout]}
  early+replay: {exposure: {fraction: 1}, posttraining: [replay]}
  early+both: {exposure: {fraction: 1}, posttraining: [dropout, replay]}
  lora: {posttraining: [lora]}
  early+lora: {exposure: {fraction: 1}, posttraining: [lora]}
"""
UNFAIR = [
    (
        "{claim: R0, exposed: early, control: baseline}",
        "control: must be 'early' with `source: general` in its",
    ),
    ("{claim: R0, exposed: dropped, control: longer}", "control: must be 'dropped' with `source: general`"),
    ("{claim: R0, exposed: baseline, control: longer}", "exposed: is not exposed to the target, and R0 is about the"),
    ("{claim: R0, exposed: longer, control: longer}", "exposed: is not exposed to the target"),
    ("{claim: R5a, with: erly, without: baseline}", "claims.0.with: 'erly' is not a recipe; there are longer, "),
    ("{claim: R2, recipes: [early, baseline], learning_rate: 1e-3}", "claims.0.recipes.1: must have the larger"),
    ("{claim: R2, recipes: [early, baseline], learning_rate: 1e-3}", "0 follows 1"),
    ("{claim: R2, recipes: [baseline, early], learning_rate: 7}", "claims.0.learning_rate: 7 is not swept; there are"),
    ("{claim: R2, recipes: [baseline, early], learning_rate: plenty}", "learning_rate: 'plenty' is not a number"),
    ("{claim: R2, recipes: [baseline, early], learning_rat: 7}", "unknown key 'learning_rat'"),
    ("{claim: R4, reference: baseline}", "claims.0.exposed: is missing"),
    ("{claim: R3, recipes: [baseline, early], learning_rate: 3e-3}", "an interior λ needs at least three"),
    ("{claim: R2, recipes: [baseline, longer], learning_rate: 3e-3}", "a control: it exposes 'general'"),
    ("{claim: R2, recipes: [dropped, early], learning_rate: 3e-3}", "recipes.1: differs in more than its exposure"),
    ("{claim: R4, reference: early, exposed: baseline}", "exposed: must have the larger exposure fraction"),
    ("{claim: R4, reference: early, exposed: early}", "1 follows 1"),
    ("{claim: R4, reference: baseline, exposed: early+replay}", "differs in more than its exposure"),
    ("{claim: R5a, with: early+both, without: early}", "'early' with `replay` in posttraining, and nothing else"),
    ("{claim: R5a, with: early, without: early}", "with `replay` in posttraining, and nothing else"),
    ("{claim: R5b, with: early+replay, without: early}", "with `dropout` in posttraining, and nothing else"),
    ("{claim: R5b, with: dropped, without: baseline}", "not exposed, and R5b is about dropout in addition to exposure"),
    ("{claim: R6, with: early, without: baseline}", "no `lora` in posttraining"),
    ("{claim: R6, with: early+lora, without: early}", "1 follows 1"),
    (
        "{claim: R6, with: early+lora, without: lora}, {claim: R6, with: early+lora, without: lora}",
        "claims.1: states R6 of the same recipes again",
    ),
]
FAIR = [
    "{claim: R0, exposed: early, control: longer}",
    "{claim: R2, recipes: [baseline, early]}",
    "{claim: R2, recipes: [baseline, early], learning_rate: 3e-4}",
    "{claim: R4, reference: baseline, exposed: early}",
    "{claim: R4, reference: lora, exposed: early+lora}",
    "{claim: R5a, with: early+replay, without: early}",
    "{claim: R5b, with: early+both, without: early+replay}",
    "{claim: R6, with: early+lora, without: lora}",
]


def smoke_that_claims(tmp_path: Path, claims: str) -> Path:
    changed = SMOKE.read_text().replace("recipes:\n", RECIPES) + f"claims: [{claims}]\n"
    (tmp_path / "mine.yaml").write_text(changed)
    return tmp_path / "mine.yaml"


@pytest.mark.parametrize(("claims", "wrong"), UNFAIR)
def test_a_claim_compares_only_what_it_is_about(claims: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        build_plan(load_benchmark(str(smoke_that_claims(tmp_path, claims))))
    assert wrong in str(caught.value)


def test_a_claim_about_one_setting_of_post_training_is_refused_where_several_are_swept(tmp_path: Path) -> None:
    path = smoke_that_claims(tmp_path, FAIR[1])
    path.write_text(path.read_text().replace("sweep: {learning_rate: [1e-2]}", "sweep: {learning_rate: [1e-2, 2e-2]}"))
    with pytest.raises(UserError, match=r"R2 reads one setting of post-training, and `posttraining\.sweep` has more"):
        build_plan(load_benchmark(str(path)))


@pytest.mark.parametrize("claim", FAIR)
def test_a_claim_that_compares_what_it_is_about_is_accepted(claim: str, tmp_path: Path) -> None:
    assert len(build_plan(load_benchmark(str(smoke_that_claims(tmp_path, claim)))).claims) == 1


def test_a_claim_by_its_id_is_the_same_claim(tmp_path: Path) -> None:
    twice = "{claim: R4, reference: baseline, exposed: early}, {claim: claims/R4, reference: baseline, exposed: early}"
    with pytest.raises(UserError, match=r"claims\.1: states claims/R4 of the same recipes again"):
        build_plan(load_benchmark(str(smoke_that_claims(tmp_path, twice))))
