"""CONTRIBUTING.md is true: its blocks are run one after the other, in a folder of their own."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from earlyexp_bench.hooks import load_object
from earlyexp_bench.scoring import (
    CURVE,
    Board,
    BoardTerms,
    CellResult,
    Losses,
    PipelineTerms,
    RecipeTerms,
    Scale,
    Scales,
    StatedClaim,
    judge_claim,
    pipeline_results,
    score_board,
)

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (\S+\.(?:py|toml|yaml))\n")
# Packages go to a folder of the test's, not into the environment that the tests run in.
PIP = """#!/bin/sh
for word do
    shift
    [ "$word" = -e ] || set -- "$@" "$word"
done
exec "{python}" -m pip "$@" --quiet --no-deps --no-build-isolation --target "{site}"
"""


def blocks(section: str = "## Plugins") -> Iterator[tuple[str, str]]:
    """Yield language and body of the blocks in a section: all of it down to the next heading of its level."""
    text = GUIDE.read_text(encoding="utf-8")
    level, start = section.split()[0], text.index(f"{section}\n")
    end = text.find(f"\n{level} ", start + 1)
    yield from ((language, body) for language, body in _BLOCK.findall(text[start : end if end > 0 else None]))


def shell(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    paths = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = os.environ | {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(folder / "site")}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write_pip(folder: Path) -> None:
    pip = folder / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(PIP.format(python=sys.executable, site=folder / "site"))
    pip.chmod(0o755)


def written(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")


def follow(section: str, folder: Path) -> str:
    """Do what a section says, in a folder; return what its last commands printed."""
    printed = ""
    write_pip(folder)
    for language, body in blocks(section):
        if language == "console":
            done = shell(folder, body)
            assert done.returncode == 0, f"{body}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            printed = done.stdout
        else:
            named = _NAMED.match(body)
            assert named, f"a {language} block that says no file: {body[:80]}"
            written(folder / named[1], body)
    return printed


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the guide's commands are for a shell")
def test_the_guide_can_be_followed_to_its_end(tmp_path: Path) -> None:
    follow("## Plugins", tmp_path)
    assert "stay-near" in (tmp_path / "results" / "smoke@2" / "leaderboard.csv").read_text()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the guide's commands are for a shell")
def test_the_guides_command_is_listed_and_called(tmp_path: Path) -> None:
    number, kind = follow("### A command", tmp_path).split()
    assert int(number) > 10
    assert kind == "method"
    listed = shell(tmp_path, "COLUMNS=200 earlyexp-bench --help").stdout
    assert any("tally" in line and "Counts what is installed" in line for line in listed.splitlines())
    wrong = shell(tmp_path, "earlyexp-bench tally metod")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: nothing of kind 'metod'")


def test_the_guide_has_blocks_of_every_kind() -> None:
    assert {language for language, _ in blocks()} == {"console", "python", "toml", "yaml"}


@pytest.mark.parametrize(("cost", "word"), [(0.0, "supported"), (0.1, "contradicted"), (0.05, "undecided")])
def test_the_guides_claim_can_come_out_each_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cost: float, word: str
) -> None:
    for _, body in blocks("### A claim"):
        if named := _NAMED.match(body):
            written(tmp_path / named[1], body)
    monkeypatch.syspath_prepend(tmp_path / "earlyexp-thrift" / "src")
    for module in ("earlyexp_thrift", "earlyexp_thrift._claim"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    thrift = importlib.import_module("earlyexp_thrift")
    definition, pair = thrift.StillLearns(), ("plain", "early")
    params = definition.Params(reference="plain", exposed="early", learning_rate=0.1)
    heavy = load_object(definition.implementation)(params, {})
    stated = StatedClaim(definition.name, definition.statement, pair, heavy)
    (result,) = judge_claim(stated, pipeline_results(*board_of(pair, cost)))
    assert result.outcomes["p"].word == word


def board_of(pair: tuple[str, str], cost: float) -> tuple[Board, list[CellResult]]:
    """Five seeds of two recipes at one rate; the second has ``cost`` nats more of downstream loss."""
    scales = Scales(Scale(6.0, 4.0), Scale(6.0, 4.0))
    pipeline = PipelineTerms("p", "t", "d", scales, scales)
    recipes = tuple(RecipeTerms(name) for name in pair)
    terms = BoardTerms("b", 1, recipes, (pipeline,), tuple(range(5)), ({CURVE: 0.1},), *pair)
    cells = []
    for seed in range(5):
        for name, more in zip(pair, (0.0, cost + 0.005 * (seed - 2)), strict=True):
            loss = Losses(None, 5.0, 5.0 + more)
            cells.append(CellResult(name, "p", seed, {CURVE: 0.1}, test=loss, validation=loss))
    return score_board(terms, cells), cells
