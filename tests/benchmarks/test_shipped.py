"""The benchmarks we ship plan without complaint, keep their frozen protocol, and obey the rules that sized them."""

from pathlib import Path

import pytest

from earlyexp_bench.board.collect import collect_board
from earlyexp_bench.hooks import registry
from earlyexp_bench.planning import build_plan
from earlyexp_bench.scoring import score_board
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

PIPELINES = {"music→instruct", "music→chemistry", "instruct→chemistry", "instruct→music"}
PLACEBOS = {"placebo-chemistry", "placebo-instruct"}  # each is skipped where its text is the downstream domain
SHIPPED = [entry.id for entry in registry().all("benchmark") if entry.distribution.startswith("earlyexp-bench")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_benchmark_plans(name: str) -> None:
    plan = build_plan(load_benchmark(name))
    assert plan.cells
    assert {cell.recipe for cell in plan.cells if cell.skipped} <= PLACEBOS


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_benchmark_has_a_board_before_anything_has_run(name: str, tmp_path: Path) -> None:
    """Its family holds its own rows, and its cells lie at its sweep points."""
    plan, store = build_plan(load_benchmark(name)), Store(tmp_path)
    board = score_board(*collect_board(plan, store))
    assert board.terms.family == plan.spec.scoring.family
    assert {score.judgement.word for row in board.rows for score in row.pipelines if score.judgement} <= {"none"}


def test_mini_is_the_papers_table_in_miniature() -> None:
    mini = load_benchmark("mini").spec
    assert {pipeline.name for pipeline in mini.pipelines} == {"music→instruct", "music→chemistry"}
    assert list(mini.recipes) == ["baseline", "early", "replay", "early+replay"]
    assert len(mini.seeds) == 5
    assert mini.target_tokens <= 0.035 * mini.pretraining.tokens
    assert (mini.numerics.precision, mini.numerics.cpu_threads) == ("fp32", 1)


def test_mini_pipelines_has_all_four_and_the_same_protocol_otherwise() -> None:
    mini, all_four = load_benchmark("mini").spec, load_benchmark("mini-pipelines").spec
    assert {pipeline.name for pipeline in all_four.pipelines} == PIPELINES
    assert set(mini.recipes) < set(all_four.recipes)
    differing = {"id", "description", "pipelines", "recipes", "notes"}
    assert mini.model_dump(exclude=differing) == all_four.model_dump(exclude=differing)


def test_mitigations_differ_from_mini_in_recipes_alone() -> None:
    mini, mitigations = load_benchmark("mini").spec, load_benchmark("mitigations").spec
    differing = {"id", "version", "description", "recipes", "scoring", "notes"}
    assert mini.model_dump(exclude=differing) == mitigations.model_dump(exclude=differing)
    used = {
        method.use.removeprefix("mitigations/")
        for recipe in mitigations.recipes.values()
        for method in (*recipe.pretraining, *recipe.posttraining, *recipe.finetuning)
    }
    assert used >= {"ewc", "fisher", "l2-sp", "wise-ft", "sam", "flow", "oplora", "olora", "freezing", "ema"}


STUDIES = {
    "lambda-study": {"pipelines", "finetuning"},
    "allocation-study": {"pipelines", "posttraining", "finetuning", "seeds", "track"},
    "allocation-warmup": {"pipelines", "posttraining", "finetuning", "seeds", "track"},
    "frontiers": {"pipelines", "posttraining"},
    "replay-dropout": set(),
    "lora": {"posttraining"},
    "downstream-methods": set(),
    "exposure-design": set(),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_differs_from_mini_in_what_it_studies(name: str) -> None:
    mini, study = load_benchmark("mini").spec, load_benchmark(name).spec
    words = {"id", "version", "description", "recipes", "scoring", "claims", "notes"}
    assert mini.model_dump(exclude=words | STUDIES[name]) == study.model_dump(exclude=words | STUDIES[name])
    assert len(study.seeds) == (10 if name.startswith("allocation") else 5)


def test_the_two_allocation_studies_differ_in_warm_up_alone() -> None:
    plain, warm = (load_benchmark(name).spec for name in ("allocation-study", "allocation-warmup"))
    assert plain.recipes == warm.recipes
    assert warm.posttraining.model_copy(update={"warmup_steps": None}) == plain.posttraining
    passes = [pipeline.target_tokens // plain.posttraining.batch_tokens for pipeline in plain.pipelines]
    assert passes[0] < warm.posttraining.warmup_steps < passes[1]


def test_mini_shares_its_stages_with_mini_pipelines() -> None:
    keys = [{node.key for node in build_plan(load_benchmark(name)).nodes} for name in ("mini", "mini-pipelines")]
    assert keys[0] < keys[1]


FROZEN = {
    "mini": "4f892ae29046a30ad91fcf3b6e27d3ad72dff10b6b6a0974bdc4f52eee4b82e3",
    "mini-pipelines": "8cecbe8c51e86a3649c52418d36735386001aac1c979c16fd34511479403ae3b",
}


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_protocol_changes_only_with_its_version(name: str) -> None:
    """Somebody's published numbers hang on it: raise `version`, and only then write the new hash here."""
    loaded = load_benchmark(name)
    assert (loaded.board, loaded.protocol) == (f"{name}@3", FROZEN[name])
