"""Every mistake a user can write gives one message with file, line, key, what is wrong and what would be right."""

import re
from pathlib import Path

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"


def written(tmp_path: Path, old: str, new: str) -> Path:
    text = SMOKE.read_text()
    assert old in text
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new, 1))
    return path


MISTAKES = [
    ("target_tokens: 10K", "taget_tokens: 10K", "unknown key 'taget_tokens'", "target_tokens"),
    ("  max_tokens: 60K", "  max_tokns: 60K", "unknown key 'max_tokns'", "max_tokens"),
    ("tokens: 100K", "tokens: plenty", "'plenty' is not a number", "1.4M"),
    ("tokens: 40K", "tokens: -5", "greater than 0", ""),
    ("seeds: [0]", "seeds: [zero]", "seeds.0", "whole number"),
    ("seeds: [0]", "seeds: []", "at least 1", ""),
    ("seeds: [0]", "seeds: [0, 0]", "seeds repeat", ""),
    ("early: {exposure: {fraction: 1}}", "early: {exposure: {fraction: 1.5}}", "outside [0, 1]", "repeats"),
    ("early: {exposure: {fraction: 1}}", "early: {exposure: {fraction: -1}}", "recipes.early.exposure.fraction", "0"),
    ("early: {exposure: {fraction: 1}}", "baseline: {exposure: {fraction: 1}}", "written twice", "once"),
    ("device: cpu", "device: gpu", "'gpu' is not allowed", "'cuda'"),
    ("primary: early", "primary: late", "'late' is not a recipe", "baseline, early"),
    ("learning_rate: [1e-2]", "learning_rate: []", "at least 1", ""),
    ("sweep: {learning_rate: [1e-2]}", "sweep: {weight_decay: [0.1]}", "needs `learning_rate`", ""),
    ("  max_tokens: 60K\n", "", "max_tokens", "converged"),
    ("{use: loss, max_documents: 60}", "{use: answer-loss}", "evaluators need `loss`", ""),
    (
        "early: {exposure: {fraction: 1}}",
        "early: {exposure: {fraction: 1, source: general, repeats: 2}}",
        "source general adds text",
        "one pass",
    ),
    ("{exposure: {fraction: 1}}", "{skip_posttraining: true, posttraining: [replay]}", "nothing to act on", ""),
    ("seeds: [0]", "seeds: [0]\nclaims: [{cliam: R7}]", "claims.0.claim: is missing", "Name of a claim"),
    ("learning_rate: [3e-4, 1e-2]", "learning_rate: [1e-2, 1e-2]", "values repeat", "0.01, 0.01"),
    (
        "primary: early",
        "primary: early, control: longer",
        "scoring.control: 'longer' is not a recipe",
        "baseline, early",
    ),
    ("primary: early", "primary: early, control: early", "is the reference or the primary recipe itself", "another"),
    ("metric_version: 3", "metric_version: 2", "metric_version", "3"),
    (
        "downstream: procedural-downstream}",
        "downstream: procedural-downstream, levels: [2, 2.5, 3]}",
        "levels must fall",
        "2, 2.5, 3",
    ),
    ("seeds: [0]", "seeds: [0]\ntrack: matched", "shows the target once", "until: one-pass"),
    ("id: smoke", "id: [smoke", "not valid YAML", "YAML"),
    ("version: 2\n", "version: yes\n", "version: 'yes' is not a number", "a whole number, at least 1"),
]


def test_a_recipe_of_ones_own_has_the_draws_of_the_benchmark(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("recipes: {lucky: {exposure: {fraction: 1}, draw: 3}}")
    with pytest.raises(
        UserError, match=r"mine\.yaml:1: recipes\.lucky\.draw: 3 gives .* rows are compared seed by seed"
    ):
        load_benchmark("smoke", recipes=tmp_path / "mine.yaml")


@pytest.mark.parametrize(("old", "new", "wrong", "right"), MISTAKES, ids=[new for _, new, _, _ in MISTAKES])
def test_a_mistake_is_named_with_what_would_be_right(
    tmp_path: Path, old: str, new: str, wrong: str, right: str
) -> None:
    with pytest.raises(UserError) as caught:
        load_benchmark(str(written(tmp_path, old, new)))
    assert wrong in str(caught.value)
    assert right in str(caught.value)
    assert "changed.yaml" in str(caught.value)


def test_the_message_names_the_line_of_the_key(tmp_path: Path) -> None:
    path = written(tmp_path, "target_tokens: 10K", "target_tokens: many")
    line = 1 + path.read_text().splitlines().index("target_tokens: many")
    with pytest.raises(UserError, match=rf"changed\.yaml:{line}: target_tokens"):
        load_benchmark(str(path))


def test_a_file_that_is_not_there_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load_benchmark(str(tmp_path / "none.yaml"))
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(UserError, match="is empty"):
        load_benchmark(str(tmp_path / "empty.yaml"))


def test_an_unknown_benchmark_names_the_nearest() -> None:
    with pytest.raises(UserError, match="'smoke'"):
        load_benchmark("smokee")


def test_a_recipe_file_adds_rows_but_cannot_change_the_protocol(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("recipes:\n  half: {exposure: {fraction: 0.5}}\n")
    loaded = load_benchmark("smoke", recipes=mine)
    assert list(loaded.spec.recipes) == ["baseline", "early", "half"]
    assert loaded.board == "smoke@2"
    mine.write_text("finetuning: {tokens: 1}\nrecipes:\n  half: {exposure: {fraction: 0.5}}\n")
    with pytest.raises(UserError, match=r"mine\.yaml:1: finetuning: a recipe file cannot change the protocol"):
        load_benchmark("smoke", recipes=mine)
    mine.write_text("recipes:\n  early: {exposure: {fraction: 0.5}}\n")
    with pytest.raises(UserError, match=r"mine\.yaml:2: recipes\.early: the benchmark has a recipe 'early' already"):
        load_benchmark("smoke", recipes=mine)


def test_an_override_gives_a_board_of_its_own() -> None:
    loaded = load_benchmark("smoke", overrides=("finetuning.sweep.learning_rate=[1e-3, 2e-3]",))
    assert loaded.spec.finetuning.sweep["learning_rate"] == [1e-3, 2e-3]
    assert loaded.board.startswith("smoke@2+")
    assert load_benchmark("smoke", overrides=("recipes.early.exposure.repeats=4",)).board.startswith("smoke@2+")
    assert load_benchmark("smoke", overrides=("recipes.extra={exposure: {fraction: 0.5}}",)).board.startswith(
        "smoke@2+"
    )
    assert load_benchmark("smoke", overrides=("recipes.early.description=In other words.",)).board == "smoke@2"
    same = load_benchmark("smoke", overrides=("finetuning.tokens=40000",))
    assert same.board == "smoke@2"


def test_a_changed_copy_of_a_frozen_benchmark_does_not_take_its_name(tmp_path: Path) -> None:
    text = SMOKE.read_text()
    copy = tmp_path / "smoke.yaml"
    copy.write_text(text)
    assert load_benchmark(str(copy)).board == "smoke@2"
    copy.write_text(text.replace("primary: early", "primary: baseline"))
    assert load_benchmark(str(copy)).board.startswith("smoke@2+")
    copy.write_text(text.replace("id: smoke", "id: mine").replace("primary: early", "primary: baseline"))
    assert load_benchmark(str(copy)).board == "mine@2"
    copy.write_text(text.replace("version: 2", "version: 3").replace("primary: early", "primary: baseline"))
    assert load_benchmark(str(copy)).board == "smoke@3"


def test_levels_and_control_are_part_of_the_protocol() -> None:
    own = load_benchmark("smoke").protocol
    levels = "pipelines=[{target: procedural-target, downstream: procedural-downstream, levels: [3, 2.5, 2]}]"
    assert load_benchmark("smoke", overrides=(levels,)).protocol != own
    control = ("recipes.longer={exposure: {fraction: 0.5}}", "scoring.control=longer")
    assert (
        load_benchmark("smoke", overrides=control).protocol != load_benchmark("smoke", overrides=control[:1]).protocol
    )


@pytest.mark.parametrize(
    ("override", "wrong"),
    [("finetuning.tokens", "not key=value"), ("finetunin.tokens=3", "'finetuning'"), ("finetuning.token=3", "token")],
)
def test_a_wrong_override_is_named(override: str, wrong: str) -> None:
    with pytest.raises(UserError, match=wrong):
        load_benchmark("smoke", overrides=(override,))


SETTINGS = [
    ("seeds=0", "--set seeds=0: must be a list, not 0\n"),
    ("seeds=[zero]", "--set seeds=[zero]: seeds.0: 'zero' is not a number"),
    ("seeds.0=zero", "--set seeds.0=zero: 'zero' is not a number"),
    ("claims=[{cliam: R9}]", "--set claims=[{cliam: R9}]: claims.0.claim: is missing"),
    ("finetuning.token=3", "--set finetuning.token=3: unknown key 'token'"),
    ("recipes.early.exposure={fraction: x}", "--set recipes.early.exposure={fraction: x}: recipes.early.exposure.fra"),
    ("scoring.primary=late", "--set scoring.primary=late: 'late' is not a recipe"),
]


@pytest.mark.parametrize(("override", "said"), SETTINGS)
def test_a_value_that_was_set_is_not_blamed_on_the_file(override: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load_benchmark("smoke", overrides=("finetuning.repeats=2", override))
    assert said in str(caught.value).replace("--set finetuning.repeats=2, ", "")
    assert not re.search(r"yaml:\d", str(caught.value))


def test_what_was_only_partly_set_names_its_line_and_the_setting() -> None:
    (line,) = [n for n, text in enumerate(SMOKE.read_text().splitlines(), 1) if text.startswith("  early:")]
    setting = r"recipes\.early\.skip_posttraining=true"
    with pytest.raises(UserError, match=rf"smoke\.yaml:{line}: recipes\.early, with --set {setting}, --set "):
        load_benchmark(
            "smoke", overrides=("recipes.early.skip_posttraining=true", "recipes.early.posttraining.0=replay")
        )


def test_of_two_settings_of_one_key_the_one_that_counts_is_named() -> None:
    with pytest.raises(UserError, match=r"^--set scoring\.family=9x: "):
        load_benchmark("smoke", overrides=("scoring.family=9", "scoring.family=9x"))
    loaded = load_benchmark("smoke", overrides=("scoring.family=9x", "scoring.family=9"))
    assert loaded.where(("scoring", "family")) == "--set scoring.family=9"
    assert "smoke.yaml:" in loaded.where(("seeds",))


def test_a_method_that_was_set_and_does_not_exist_is_not_blamed_on_the_file() -> None:
    loaded = load_benchmark("smoke", overrides=("recipes.early.posttraining=[rplay]",))
    with pytest.raises(UserError, match=r"^--set recipes\.early\.posttraining=\[rplay\]: "):
        build_plan(loaded)


WANTED = [
    ("seeds=0", "a list of 1 or more, each a whole number, at least 0, at most 9007199254740991; e.g. [0]"),
    ("claims=[{}]", "text: Name of a claim that a plugin brings, or its id."),
    ("claims=[3]", "`key: value` pairs with keys from claim"),
    ("finetuning.sweep.learning_rate=[]", "a list of 1 or more, each a number"),
    ("finetuning.tokens=-5", "a whole number, greater than 0"),
    ("finetuning.warmup_fraction=1", "a number, at least 0, less than 1"),
    ("recipes.early.skip_posttraining=maybe", "true or false: The control that is never post-trained."),
    ("recipes.early=4", "`key: value` pairs with keys from exposure, pretraining, "),
    ("recipes.a b={}", "text, matching ^[A-Za-z0-9]"),
    ("recipes=3", "`name: value` pairs, each `key: value` pairs with keys from exposure, "),
    ("evaluators.0.max_documents={general: x}", "a whole number, greater than 0"),
    ("description=[]", "text"),
    ("model=3", "`name: value` pairs: Configuration of any transformers causal LM"),
]


@pytest.mark.parametrize(("override", "expected"), WANTED)
def test_every_wrong_value_says_what_the_key_takes(override: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        load_benchmark("smoke", overrides=(override,))
    assert caught.value.expected.startswith(expected)


def test_a_family_too_small_for_the_benchmarks_own_recipes_says_how_large(tmp_path: Path) -> None:
    recipes = "".join(f"  r{number}: {{exposure: {{fraction: 0}}}}\n" for number in range(9))
    path = written(tmp_path, "recipes:\n", f"recipes:\n{recipes}")
    with pytest.raises(UserError, match=r"family of 8 cannot hold the 10 contrasts") as caught:
        load_benchmark(str(path))
    assert "10 or more" in str(caught.value)
