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
    assert list(mini.recipes) == ["baseline", "early", "longer", "replay", "early+replay"]
    assert len(mini.seeds) == 20
    assert mini.target_tokens <= 0.035 * mini.pretraining.tokens
    assert (mini.numerics.precision, mini.numerics.cpu_threads) == ("fp32", 1)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("benchmarks/")])
def test_an_official_board_can_be_checked_anywhere_and_has_its_control(name: str) -> None:
    spec = load_benchmark(name).spec
    assert spec.numerics.instruction_set == "portable"
    assert len(spec.seeds) >= 10
    assert spec.scoring.control == ("longer" if "early" in spec.recipes else None)


def test_frontiers_has_all_four_pipelines() -> None:
    assert {pipeline.name for pipeline in load_benchmark("frontiers").spec.pipelines} == PIPELINES


def test_mitigations_differ_from_mini_in_recipes_alone() -> None:
    mini, mitigations = load_benchmark("mini").spec, load_benchmark("mitigations").spec
    differing = {"id", "version", "description", "recipes", "seeds", "scoring", "claims", "notes"}
    assert mini.model_dump(exclude=differing) == mitigations.model_dump(exclude=differing)
    used = {
        method.use.removeprefix("mitigations/")
        for recipe in mitigations.recipes.values()
        for method in (*recipe.pretraining, *recipe.posttraining, *recipe.finetuning)
    }
    assert used >= {"ewc", "fisher", "l2-sp", "wise-ft", "sam", "flow", "oplora", "olora", "freezing", "ema"}


STUDIES = {
    "lambda-study": {"pipelines"},
    "allocation-study": {"pipelines", "posttraining", "track"},
    "allocation-warmup": {"pipelines", "posttraining", "track"},
    "frontiers": {"pipelines"},
    "lora": {"posttraining"},
    "exposure-design": set(),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_differs_from_mini_in_what_it_studies(name: str) -> None:
    mini, study = load_benchmark("mini").spec, load_benchmark(name).spec
    words = {"id", "version", "description", "recipes", "seeds", "scoring", "claims", "notes"}
    assert mini.model_dump(exclude=words | STUDIES[name]) == study.model_dump(exclude=words | STUDIES[name])


def test_the_two_allocation_studies_differ_in_warm_up_alone() -> None:
    plain, warm = (load_benchmark(name).spec for name in ("allocation-study", "allocation-warmup"))
    assert plain.recipes == warm.recipes
    assert warm.posttraining.model_copy(update={"warmup_steps": None}) == plain.posttraining
    largest = max(pipeline.target_tokens for pipeline in plain.pipelines)
    assert warm.posttraining.warmup_steps == pytest.approx(largest / plain.posttraining.batch_tokens / 3, abs=2)


def test_mini_shares_its_stages_with_mitigations() -> None:
    keys = [{node.key for node in build_plan(load_benchmark(name), [0]).nodes} for name in ("mini", "mitigations")]
    assert keys[0] < keys[1]
