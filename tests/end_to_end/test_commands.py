"""Commands that train nothing, and mistakes on the command line."""

import gzip
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml


def test_plan_says_what_would_run_and_why_and_writes_no_results(tmp_path: Path, command: Any) -> None:
    said = command("plan", "smoke", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "smoke@2: 4 cells" in said.stdout
    assert "no tokenizer stage in the store yet" in said.stdout
    assert not (tmp_path / "results").exists()
    plan = json.loads(command("plan", "smoke", "--json", cwd=tmp_path).stdout)
    assert {stage["state"] for stage in plan["stages"]} == {"miss"}
    assert plan["forecast"]["update_tokens"] > 100_000
    assert plan["parameters"] > 10_000


def test_show_prints_a_benchmark_that_loads_again(tmp_path: Path, command: Any) -> None:
    shown = command("show", "smoke", cwd=tmp_path).stdout
    (tmp_path / "again.yaml").write_text(shown)
    again = command("show", str(tmp_path / "again.yaml"), cwd=tmp_path).stdout
    assert yaml.safe_load(again) == yaml.safe_load(shown)
    assert again.splitlines()[0] == shown.splitlines()[0]  # the protocol's hash


def test_schema_describes_benchmarks_and_recipe_files(tmp_path: Path, command: Any) -> None:
    schema = json.loads(command("schema", cwd=tmp_path).stdout)
    assert {"model", "pipelines", "recipes"} <= set(schema["properties"])
    assert set(json.loads(command("schema", "--recipes", cwd=tmp_path).stdout)["properties"]) == {"recipes"}


def test_plugins_list_names_kind_version_and_owner(tmp_path: Path, command: Any) -> None:
    listed = json.loads(command("plugins", "list", "--json", cwd=tmp_path).stdout)
    assert listed["broken"] == []
    kinds = {entry["kind"] for entry in listed["components"]}
    assert kinds >= {"benchmark", "domain", "evaluator", "method"}
    none = json.loads(command("plugins", "list", "--json", cwd=tmp_path, EARLYEXP_PLUGINS="none").stdout)
    assert {entry["id"].split("/")[0] for entry in none["components"]} == {"builtin"}


def test_home_is_home_in_every_option_that_takes_a_path(tmp_path: Path, command: Any) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    (home / "more.yaml").write_text("recipes: {mine: {exposure: {fraction: 0.5}}}")
    calls = [
        ["plan", "smoke", "--recipes=~/more.yaml", "--store=~/store"],
        ["plugins", "new", "method", "thing", "--into=~/plugins"],
        ["export-tasks", "~/tasks", "--benchmark", "smoke"],
    ]
    for call in calls:
        said = command(*call, cwd=here, HOME=str(home))
        assert said.returncode == 0, said.stderr
    for call in (
        ["records", "add", "~/no.gz"],
        ["report", "smoke", "--store=~/no-store"],
        ["gc", "--store=~/no-store"],
    ):
        said = command(*call, cwd=here, HOME=str(home))
        assert "~" not in said.stdout + said.stderr
    assert {path.name for path in home.iterdir()} >= {"plugins", "tasks"}
    assert not [path for path in here.iterdir() if path.name.startswith("~")]


MISTAKES = [
    (["run", "smok"], "no benchmark 'smok'", "'smoke'"),
    (["run", "missing.yaml"], "missing.yaml", "readable"),
    (["run", "smoke", "--seeds", "a"], "--seeds 'a'", "0,1 or 0-2"),
    (["run", "smoke", "--seeds", "100"], "--seeds names 100", "--set seeds=[100]"),
    (["report", "smoke", "--metric-version", "7"], "--metric-version 7 is unknown", "one of 3"),
    (["claims", "smoke"], "smoke@2 states no claims", "lambda-study"),
    (["run", "smoke", "--set", "finetuning.tokens"], "not key=value", "--set"),
    (["run", "smoke", "--set", "model.hiden_size=64"], "'hiden_size'", "hidden_size"),
    (["run", "smoke", "--set", "model.model_type=lama"], "lama", "causal LM"),
    (["run", "smoke", "--set", "finetuning.tokens=1B"], "1,000,000,000 tokens", "smaller budget"),
    (["run", "smoke", "--set", "recipes.early.exposure.fraction=2"], "outside [0, 1]", "repeats"),
    (["run", "smoke", "--set", f"seeds=[{2**60}]"], "seeds.0", "at most 9007199254740991"),
    (["plan", "smoke", "--set", "finetuning.batch_tokens=100"], "no multiple of the context 64", "128"),
    (["plan", "smoke", "--set", "finetuning.sweep.learning_rate=[0]"], "learning_rate 0 is wrong", ""),
    (["run", "smoke", "--set", "pipelines=[{target: music/no, downstream: files}]"], "no domain 'music/no'", ""),
    (["records", "add", "nofile"], "nofile cannot be read", "expected: a file that `records save` wrote"),
    (["report", "smoke"], ".earlyexp/store is no store", "a folder that `run` or `records add` wrote"),
    (["report", "smoke", "--store", "../stroe"], "../stroe is no store", "the default is .earlyexp/store"),
    (["claims", "lambda-study"], ".earlyexp/store is no store", "a folder that `run` or `records add` wrote"),
]


BAD_DATA = [
    ("missing.txt", None, "matches no file", "a file, or a glob"),
    ("empty.txt", b"", "is empty", "at least one document"),
    ("data.csv", b"a,b", "says no format", "txt, jsonl or parquet"),
    ("short.txt", b"one\n\ntwo\n\nthree", "split", "data in every split"),
    ("broken.jsonl", b'{"text": "fine"}\n{"text": ', "broken.jsonl:2", "JSON"),
    ("other.jsonl", b'{"txt": "a"}\n{"txt": "b"}', "text", "txt"),
]


@pytest.mark.parametrize(("name", "content", "wrong", "right"), BAD_DATA, ids=[case[0] for case in BAD_DATA])
def test_unusable_data_exit_with_2_and_train_nothing(
    tmp_path: Path, command: Any, name: str, content: bytes | None, wrong: str, right: str
) -> None:
    benchmark = yaml.safe_load(command("show", "smoke", cwd=tmp_path).stdout)
    benchmark["domains"] = {"mine": {"use": "files", "path": name}}
    benchmark["pipelines"][0]["target"] = "mine"
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(benchmark))
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = command("run", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert wrong in done.stderr
    assert right in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()
    assert not list(tmp_path.glob(".earlyexp/store/pretrain/*"))


@pytest.mark.parametrize(("arguments", "wrong", "right"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_exits_with_2_names_itself_and_writes_nothing(
    tmp_path: Path, command: Any, arguments: list[str], wrong: str, right: str
) -> None:
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert wrong in done.stderr
    assert right in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


UNWRITABLE = [
    (["run", "smoke", "--out", "file"], "cannot write file: "),
    (["run", "smoke", "--store", "file"], "cannot write file: "),
    (["plan", "smoke", "--store", "file/store"], "cannot write file/store: "),
    (["report", "smoke", "--out", "file"], "cannot write file: "),
    (["records", "add", "records.gz", "--store", "file"], "cannot write file: "),
]


@pytest.mark.parametrize(("arguments", "wrong"), UNWRITABLE, ids=lambda value: str(value)[:40])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_done(
    tmp_path: Path, command: Any, arguments: list[str], wrong: str
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "records.gz").write_bytes(gzip.compress(b""))
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith(f"error: {wrong}")
    assert done.stderr.endswith("expected: a folder you may write\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "records.gz"]
    assert (tmp_path / "file").read_text() == "kept"


def test_the_version_is_said(tmp_path: Path, command: Any) -> None:
    said = command("--version", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (0, f"earlyexp-bench {version('earlyexp-bench')}\n")


def test_plan_warns_of_a_row_that_may_go_over_the_budget(tmp_path: Path, command: Any) -> None:
    (tmp_path / "mine.yaml").write_text("recipes: {mine: {exposure: {fraction: 0.5, repeats: 50}}}")
    said = command("plan", "smoke", "--recipes", "mine.yaml", cwd=tmp_path).stdout
    assert "mine: at most 350,000 tokens in pretraining, where the budget is 110,000; a row that goes over it" in said


def test_plan_names_the_recipes_that_will_be_skipped_or_oracles(tmp_path: Path, command: Any) -> None:
    (tmp_path / "mine.yaml").write_text(
        "recipes: {placebo: {exposure: {fraction: 1, source: procedural-target}}, mixed: {finetuning: [replay]}}"
    )
    said = command("plan", "smoke", "--recipes", "mine.yaml", cwd=tmp_path).stdout
    assert "placebo: skipped, a placebo must be unrelated text" in said
    assert "mixed: reads pretraining text" in said
    plan = json.loads(command("plan", "smoke", "--recipes", "mine.yaml", "--json", cwd=tmp_path).stdout)
    assert [(note["recipe"], note["kind"]) for note in plan["notes"]] == [
        ("placebo", "skipped"),
        ("mixed", "pretraining-text"),
    ]


def test_a_page_says_which_rows_of_the_one_before_it_lacks(
    finished: Path, tmp_path: Path, command: Any, tiny: Any
) -> None:
    folder = shutil.copytree(finished, tmp_path / "copied")
    (folder / "mine.yaml").write_text("recipes: {mine: {exposure: {fraction: 0.5}}}")
    report = ["report", *tiny.arguments[1:]]
    assert "no longer" not in command(*report, "--recipes", "mine.yaml", cwd=folder).stdout
    assert "no longer on the page: mine; --recipes FILE" in command(*report, cwd=folder).stdout
