"""The benchmarks we ship plan without complaint, keep their frozen protocol, and obey the rules that sized them."""

import pytest

from earlyexp_bench.hooks import registry
from earlyexp_bench.plan import build_plan
from earlyexp_bench.spec import load_benchmark, protocol_hash

PIPELINES = {"music→instruct", "music→chemistry", "instruct→chemistry", "instruct→music"}
SHIPPED = [entry.id for entry in registry().all("benchmark") if entry.distribution.startswith("earlyexp-bench")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_benchmark_plans(name: str) -> None:
    plan = build_plan(load_benchmark(name))
    assert plan.cells
    assert not any(cell.skipped for cell in plan.cells)


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


def test_mini_shares_its_stages_with_mini_pipelines() -> None:
    keys = [{node.key for node in build_plan(load_benchmark(name)).nodes} for name in ("mini", "mini-pipelines")]
    assert keys[0] < keys[1]


FROZEN = {
    "mini": "d11b477bbb7342660537d00487c64e93c00629fc35bb038acdb8fcd863ce42db",
    "mini-pipelines": "5bc16e2f3956782751639afa8b7c0f4c8e5aad80c3a7e8059d322191bb99e021",
}


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_protocol_changes_only_with_its_version(name: str) -> None:
    """Somebody's published numbers hang on it: raise `version`, and only then write the new hash here."""
    loaded = load_benchmark(name)
    assert (loaded.board, protocol_hash(loaded.spec)) == (f"{name}@1", FROZEN[name])
