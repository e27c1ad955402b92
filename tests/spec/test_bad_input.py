"""Every mistake a user can write gives one message with file, line, key, what is wrong and what would be right."""

from pathlib import Path

import pytest

from earlyexp_bench.contracts import UserError
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
    ("seeds: [0]", "seeds: [zero]", "seeds[0]", "integer"),
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
    ("seeds: [0]", "seeds: [0]\nclaims: [{claim: R7}]", "R7", "'R1'"),
    (
        "seeds: [0]",
        "seeds: [0]\nclaims: [{claim: R5a, with: erly, without: baseline}]",
        "claims[0].with 'erly'",
        "early",
    ),
    (
        "seeds: [0]",
        "seeds: [0]\nclaims: [{claim: R2, recipes: [early, baseline], learning_rate: 1e-3}]",
        "must rise",
        "[1.0, 0.0]",
    ),
    (
        "seeds: [0]",
        "seeds: [0]\nclaims: [{claim: R2, recipes: [baseline, early], learning_rate: 7}]",
        "claims[0].learning_rate 7 is not swept",
        "there are",
    ),
    (
        "sweep: {learning_rate: [1e-2]}",
        "sweep: {learning_rate: [1e-2, 2e-2]}\nclaims: [{claim: R2, recipes: [baseline, early], learning_rate: 3e-3}]",
        "R2 reads one setting of post-training",
        "`posttraining.sweep` has more",
    ),
    ("id: smoke", "id: [smoke", "not valid YAML", "YAML"),
    ("version: 1\n", "version: yes\n", "version", "integer"),
]


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
    assert loaded.board == "smoke@1"
    mine.write_text("finetuning: {tokens: 1}\nrecipes:\n  half: {exposure: {fraction: 0.5}}\n")
    with pytest.raises(UserError, match=r"mine\.yaml:1: finetuning: a recipe file cannot change the protocol"):
        load_benchmark("smoke", recipes=mine)
    mine.write_text("recipes:\n  early: {exposure: {fraction: 0.5}}\n")
    with pytest.raises(UserError, match=r"mine\.yaml:2: recipes\.early: the benchmark has a recipe 'early' already"):
        load_benchmark("smoke", recipes=mine)


def test_an_override_gives_a_board_of_its_own() -> None:
    loaded = load_benchmark("smoke", overrides=("finetuning.sweep.learning_rate=[1e-3, 2e-3]",))
    assert loaded.spec.finetuning.sweep["learning_rate"] == [1e-3, 2e-3]
    assert loaded.board.startswith("smoke@1+")
    same = load_benchmark("smoke", overrides=("finetuning.tokens=40000",))
    assert same.board == "smoke@1"


@pytest.mark.parametrize(
    ("override", "wrong"),
    [("finetuning.tokens", "not key=value"), ("finetunin.tokens=3", "'finetuning'"), ("finetuning.token=3", "token")],
)
def test_a_wrong_override_is_named(override: str, wrong: str) -> None:
    with pytest.raises(UserError, match=wrong):
        load_benchmark("smoke", overrides=(override,))


def test_a_family_too_small_for_the_benchmarks_own_recipes_says_how_large(tmp_path: Path) -> None:
    recipes = "".join(f"  r{number}: {{exposure: {{fraction: 0}}}}\n" for number in range(9))
    path = written(tmp_path, "recipes:\n", f"recipes:\n{recipes}")
    with pytest.raises(UserError, match=r"family of 8 cannot hold the 10 contrasts") as caught:
        load_benchmark(str(path))
    assert "10 or more" in str(caught.value)
