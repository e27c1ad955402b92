"""What `show` prints says the same as the benchmark, with every default of its components written out."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from earlyexp_bench.hooks import registry
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import Benchmark, RecipeFile, dump_yaml, filled_in, load_benchmark
from earlyexp_bench.spec.yaml_source import parse_yaml, read_yaml

SHIPPED = [entry.id for entry in registry().all("benchmark")]
OWN = """
id: mine
domains:
  notes: {use: files, path: "notes/*.md", group_by: file}
  other: {use: not-installed/data, depth: 3}
evaluators: [loss, arc_easy, {use: answer-loss, max_documents: 5}]
recipes:
  baseline: {exposure: {fraction: 0}}
  early: {exposure: {fraction: 1}, posttraining: [lora, {use: dropout, mlp: 0.2}, {use: replay, fractoin: 0.5}]}
"""


def shown(name: str, folder: Path) -> Path:
    path = folder / "again.yaml"
    path.write_text(dump_yaml(filled_in(load_benchmark(name).spec).model_dump(mode="json", by_alias=True)))
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_benchmark_that_was_shown_is_the_same_protocol(name: str, tmp_path: Path) -> None:
    loaded, again = load_benchmark(name), load_benchmark(str(shown(name, tmp_path)))
    assert (again.board, again.protocol) == (loaded.board, loaded.protocol)


@pytest.mark.parametrize("name", ["smoke", "mini", "lora"])
def test_what_was_shown_has_the_same_stages(name: str, tmp_path: Path) -> None:
    plans = [build_plan(load_benchmark(one)) for one in (name, str(shown(name, tmp_path)))]
    assert sorted(node.key for node in plans[0].nodes) == sorted(node.key for node in plans[1].nodes)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    data = read_yaml(Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml").data
    (tmp_path / "own.yaml").write_text(dump_yaml(data | parse_yaml(OWN, "own").data))
    return tmp_path / "own.yaml"


def test_every_parameter_of_what_is_installed_is_written_out(own: Path, tmp_path: Path) -> None:
    data: dict[str, Any] = read_yaml(shown(str(own), tmp_path)).data
    lora, dropout, replay = data["recipes"]["early"]["posttraining"]
    assert lora == {"rank": 64, "alpha": None, "dropout": 0.0, "targets": ["projection", "mlp", "head"], "use": "lora"}
    assert (dropout["p"], dropout["mlp"], dropout["embedding"]) == (0.05, 0.2, None)
    assert data["domains"]["notes"]["document_separator"] == "blank-line"
    assert data["domains"]["notes"]["path"] == ["notes/*.md"]
    assert data["evaluators"][2] == {"use": "answer-loss", "max_documents": 5}
    # What is wrong, or not here, stays as it was written.
    assert replay == {"use": "replay", "fractoin": 0.5}
    assert data["domains"]["other"] == {"use": "not-installed/data", "depth": 3}


def test_a_default_that_is_written_out_is_no_change_and_any_other_value_is() -> None:
    setting = "recipes.replay.posttraining.0={use: replay, fraction: %s}"
    assert load_benchmark("mini", overrides=(setting % "0.01",)).board == "mini@3"
    assert load_benchmark("mini", overrides=("recipes.replay.posttraining.0=replay",)).board == "mini@3"
    assert load_benchmark("mini", overrides=(setting % "0.02",)).board.startswith("mini@3+")


@pytest.mark.parametrize("name", SHIPPED)
def test_editors_accept_what_is_shipped(name: str, tmp_path: Path) -> None:
    schema = jsonschema.Draft202012Validator(Benchmark.model_json_schema())
    schema.validate(read_yaml(registry().benchmark(name).definition).data)
    schema.validate(read_yaml(shown(name, tmp_path)).data)


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("context", "4K", True),
        ("context", 4000, True),
        ("context", "4k", False),
        ("context", 1, False),
        ("context", True, False),
        ("target_tokens", "1.5M", True),
        ("target_tokens", "1,000", False),
        ("numerics", {"eval_batch_tokens": "8K"}, True),
        ("budget", {"pretraining": "5 M"}, True),
        ("budget", {"pretraining": 0}, False),
    ],
)
def test_editors_and_the_program_agree_on_numbers(key: str, value: object, right: bool) -> None:
    data = read_yaml(registry().benchmark("smoke").definition).data | {key: value}
    assert jsonschema.Draft202012Validator(Benchmark.model_json_schema()).is_valid(data) == right
    if right:
        Benchmark.model_validate(data)
    else:
        with pytest.raises(ValueError, match=key):
            Benchmark.model_validate(data)


def test_editors_accept_a_method_by_its_name_alone() -> None:
    recipes = {"recipes": {"mine": {"posttraining": ["replay", {"use": "lora", "rank": 8}]}}}
    jsonschema.Draft202012Validator(RecipeFile.model_json_schema()).validate(recipes)
