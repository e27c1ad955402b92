"""Every mitigation in recipes of one run, down to the board."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

RECIPES = """
recipes:
  penalties:
    posttraining: [fisher, {use: ewc, tokens: 512}]
    finetuning: [{use: ewc, fisher: kept, strength: 1e3}, l2-sp, {use: wise-ft, alphas: [0, 0.5, 1]}]
  averages:
    exposure: {fraction: 1}
    pretraining: [sam, ema]
    posttraining: [flow, sam, ema, {use: wise-ft, alphas: [0.5, 1]}]
    finetuning: [{use: replay, fraction: 0.1}, dropout, flow, ema]
  subspaces:
    posttraining: [{use: freezing, fraction: 0.5}]
    finetuning: [{use: oplora, rank: 4, preserved: 8}, l2-sp]
  orthogonal:
    posttraining: [olora]
    finetuning: [{use: olora, orthogonal_to_earlier: true}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    folder = tmp_path_factory.mktemp("mitigated")
    (folder / "mine.yaml").write_text(RECIPES)
    done = tiny(folder, "--recipes", "mine.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def cells(folder: Path) -> list[dict[str, Any]]:
    (board,) = (folder / "results").iterdir()
    found: list[dict[str, Any]] = pq.read_table(board / "cells.parquet").to_pylist()
    return found


def test_every_checkpoint_of_every_recipe_has_its_losses(cells: list[dict[str, Any]]) -> None:
    outputs: dict[str, set[str]] = {}
    for cell in cells:
        assert cell["status"] == "done", cell
        outputs.setdefault(cell["recipe"], set()).add(cell["output"])
    assert outputs["penalties"] == {"alpha=0", "alpha=0.5", "alpha=1"}
    assert outputs["averages"] == {"posttrain alpha=0.5, final", "posttrain alpha=1, final"}
    assert outputs["subspaces"] == outputs["baseline"] == {"final"}
    assert len(cells) == 2 * (1 + 1 + 3 + 2 + 1 + 1)


def test_alpha_zero_is_the_model_before_fine_tuning(cells: list[dict[str, Any]]) -> None:
    untouched = [cell for cell in cells if cell["output"] == "alpha=0"]
    assert len(untouched) == 2
    assert all(cell["retained_loss"] == cell["immediate_loss"] for cell in untouched)
    assert len({cell["retained_loss"] for cell in cells if cell["output"] == "alpha=1"}) == 2


def test_the_board_scores_free_points_as_one_front(folder: Path) -> None:
    (board,) = (folder / "results").iterdir()
    page = (board / "index.html").read_text()
    assert "alpha=0.5" in page
    rows = {row["recipe"]: row for row in json.loads((board / "leaderboard.json").read_text())["rows"]}
    assert set(rows) == {"baseline", "early", "penalties", "averages", "subspaces", "orthogonal"}
    (seed,) = rows["penalties"]["pipelines"][0]["seeds"]
    assert 0 <= seed["chosen"] <= 2


def test_sam_is_charged_for_its_second_pass(folder: Path) -> None:
    paths = (folder / ".earlyexp/store/pretrain").glob("*/*/record.json")
    exposed = [record for record in map(json.loads, (p.read_text() for p in paths)) if "target" in record["tokens"]]
    plain, sharp = sorted(exposed, key=lambda record: record["flops"])
    assert sharp["tokens"] == plain["tokens"]
    assert sharp["flops"] == pytest.approx(2 * plain["flops"])
