"""Tuning seeds of a benchmark, from records: what is run, refused and told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import earlyexp_bench
from earlyexp_bench.cli.tuning import print_tuning, tuning_dict
from earlyexp_bench.contracts import UserError
from earlyexp_bench.options import Options
from earlyexp_bench.tuning import Design, Tuning

SIZES = ("finetuning.sweep.learning_rate=[1e-3, 1e-2, 2e-2, 4e-2]",)
SEEDS = (100, 101, 102)


@pytest.fixture
def tuned(recorded: Callable[..., Any], tmp_path: Path) -> Callable[..., Tuning]:
    """Tune `smoke` on seeds of which all is on record, so that nothing is trained."""

    def tune(**asked: Any) -> Tuning:
        store = tmp_path / "store"
        for changes in (asked.get("designs") or {"": ()}).values():
            recorded(Options("smoke", store=store, overrides=(*SIZES, *changes, f"seeds={list(SEEDS)}")))
        return earlyexp_bench.tune("smoke", SEEDS, overrides=SIZES, store=store, **asked)

    return tune


def test_the_figure_of_merit_is_the_noise_times_what_a_seed_costs(tuned: Callable[..., Tuning]) -> None:
    (design,) = tuned().designs
    assert design.seeds == SEEDS
    assert design.core_minutes is not None
    assert design.precision.noise is not None
    assert design.figure_of_merit == pytest.approx(design.precision.noise * design.core_minutes)
    assert {rates.recipe for rates in design.precision.recipes} == {"baseline", "early"}


def test_designs_stand_in_one_table_with_what_they_change(
    tuned: Callable[..., Tuning], capsys: pytest.CaptureFixture[str]
) -> None:
    designs = {"as written": (), "long": ("posttraining.max_tokens=90K", "posttraining.patience=null")}
    print_tuning(tuned(designs=designs))
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert [row[:2] for row in rows[1:]] == [
        ["as written", ""],
        ["long", "posttraining.max_tokens=90K posttraining.patience=null"],
    ]


def test_what_is_told_holds_no_loss_of_the_primary_recipe(tuned: Callable[..., Tuning]) -> None:
    told = json.dumps(tuning_dict(tuned()))
    assert "retained" not in told
    assert '"gain' not in told


@pytest.mark.parametrize("seeds", [(0,), (99, 100), ()])
def test_seeds_that_decide_a_board_are_refused(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="tuning") as caught:
        earlyexp_bench.tune("smoke", seeds, store=tmp_path)
    assert "--seeds 100-107" in caught.value.expected


def test_a_recipe_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--also names 'replay', which is no recipe"):
        earlyexp_bench.tune("smoke", SEEDS, also=["replay"], store=tmp_path)


def test_a_design_is_read_with_commas_within_its_values() -> None:
    text = "wsd: posttraining.schedule=warmup-stable-decay,finetuning.sweep.learning_rate=[1e-4, 2e-4],target_tokens=2K"
    assert Design.parse(text) == Design(
        "wsd",
        (
            "posttraining.schedule=warmup-stable-decay",
            "finetuning.sweep.learning_rate=[1e-4, 2e-4]",
            "target_tokens=2K",
        ),
    )
    with pytest.raises(UserError, match="has no name"):
        Design.parse("target_tokens=2K")
