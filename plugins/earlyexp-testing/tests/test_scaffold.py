"""`plugins new`: packages whose own tests pass, and that `run` uses by name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

KINDS = {"method": "keep-close", "domain": "sums", "evaluator": "beginnings", "benchmark": "first-steps"}
COMMAND = [sys.executable, "-c", "from earlyexp_bench.cli import main; main()"]
TINY = [
    "pretraining.tokens=8K",
    "target_tokens=2K",
    "posttraining.max_tokens=6K",
    "finetuning.tokens=3K",
    "finetuning.sweep.learning_rate=[5e-4, 2e-3]",
    "evaluators=[{use: loss, max_documents: 5}, {use: beginnings, max_documents: 5, characters: 20}]",
    "tokenizer.train_on=[procedural-general, sums, procedural-downstream]",
    "pipelines=[{target: sums, downstream: procedural-downstream}]",
]


def run(*arguments, cwd, **environment):
    return subprocess.run(arguments, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)


def new(*arguments, cwd):
    return run(*COMMAND, "plugins", "new", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with a package of each kind, and all of them installed in its `site`."""
    folder = tmp_path_factory.mktemp("packages")
    for kind, name in KINDS.items():
        made = new(kind, name, cwd=folder)
        assert made.returncode == 0, made.stderr
    packages = [str(folder / f"earlyexp-{name}") for name in KINDS.values()]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    done = run(*pip, "--target", str(folder / "site"), *packages, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_tests_of_a_new_package_pass(installed, kind):
    package = installed / f"earlyexp-{KINDS[kind]}"
    done = run(
        *(sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"),
        cwd=package,
        PYTHONPATH=str(installed / "site"),
    )
    assert done.returncode == 0, done.stdout
    assert kind == "benchmark" or f"{kind}-network] PASSED" in done.stdout
    assert "plugin-seconds] PASSED" in done.stdout


@pytest.mark.slow
def test_a_benchmark_survives_the_wheel_and_is_planned_by_its_name(installed, tmp_path):
    done = run(*COMMAND, "plan", "first-steps", cwd=tmp_path, PYTHONPATH=str(installed / "site"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("first-steps@1: 8 cells")
    listed = run(*COMMAND, "plugins", "list", cwd=tmp_path, PYTHONPATH=str(installed / "site")).stdout
    assert "benchmark\tfirst-steps/first-steps\t1\tearlyexp-first-steps 0.1.0" in listed


def test_a_benchmark_is_registered_where_it_lies_when_its_source_is_on_the_path(tmp_path):
    made = new("benchmark", "close-by", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    source = tmp_path / "earlyexp-close-by" / "src"
    code = (
        "import earlyexp_close_by as p; found = []; p.register_benchmarks(found.append); "
        "print(*(path.name for path in found))"
    )
    assert run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(source)).stdout == "close-by.yaml\n"
    assert "close-by.yaml" in made.stdout.splitlines()[-1]


@pytest.mark.slow
def test_a_run_uses_all_three_by_name(installed, tmp_path):
    recipe = {"exposure": {"fraction": 0}, "finetuning": [{"use": "keep-close", "strength": 0.2}]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"recipes": {"mine": recipe}}))
    settings = [word for setting in TINY for word in ("--set", setting)]
    done = run(
        *(*COMMAND, "run", "smoke", "--recipes", "mine.yaml", *settings),
        cwd=tmp_path,
        PYTHONPATH=str(installed / "site"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    records = [json.loads(path.read_text()) for path in tmp_path.glob(".earlyexp/store/*/*/*/record.json")]
    versions = {id_ for record in records for id_ in record["payload"]["plugins"]}
    assert versions >= {"keep-close/keep-close", "sums/sums", "beginnings/beginnings"}
    scores = [metric for record in records for metric in str(record["output"]).split("'") if "beginnings" in metric]
    assert scores, "what the evaluator measured is on record"


@pytest.mark.parametrize(
    ("arguments", "wrong", "right"),
    [
        (["method", "Keep Close"], "'Keep Close' cannot be the name", "keep-close"),
        (["method", "2nd"], "'2nd' cannot be the name", "a letter first"),
        (["domain", "bench"], "taken", "another name"),
        (["benchmark", "smoke"], "there is a benchmark 'smoke' already, builtin/smoke", "another name"),
        (["method", "there"], "earlyexp-there exists", "another name"),
        (["method", "mine", "--into", "file.txt"], "file.txt is not a folder", "--into"),
        (["thing", "mine"], "'thing'", "method"),
    ],
)
def test_what_cannot_be_written_exits_with_2_and_writes_nothing(tmp_path: Path, arguments, wrong, right):
    (tmp_path / "earlyexp-there").mkdir()
    (tmp_path / "file.txt").write_text("no folder")
    done = new(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert wrong in done.stderr
    assert right in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["earlyexp-there", "file.txt"]


def test_a_name_may_say_earlyexp_itself(tmp_path):
    assert new("method", "earlyexp-mine", "--into", "packages", cwd=tmp_path).returncode == 0
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == [
        "packages/earlyexp-mine/README.md",
        "packages/earlyexp-mine/pyproject.toml",
        "packages/earlyexp-mine/src/earlyexp_mine/__init__.py",
        "packages/earlyexp-mine/src/earlyexp_mine/_method.py",
        "packages/earlyexp-mine/src/earlyexp_mine/py.typed",
        "packages/earlyexp-mine/tests/test_earlyexp_mine.py",
    ]
