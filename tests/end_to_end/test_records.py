"""Seeds that ran in several places make one board."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("finished")]


def test_parts_that_ran_apart_are_the_board_that_ran_in_one_piece(tmp_path: Path, tiny: Any, command: Any) -> None:
    settings = [*tiny.arguments[2:], "--set", "seeds=[0, 1]"]
    for seed in ("0", "1"):
        place = tmp_path / seed
        place.mkdir()
        assert command("run", "smoke", *settings, "--seeds", seed, cwd=place).returncode == 0
        saved = command("records", "save", "smoke", f"../part-{seed}.jsonl.gz", *settings, cwd=place)
        assert saved.returncode == 0, saved.stderr
        assert "records of" in saved.stdout
    whole, merged = tmp_path / "whole", tmp_path / "merged"
    whole.mkdir()
    merged.mkdir()
    assert command("run", "smoke", *settings, cwd=whole).returncode == 0
    added = command("records", "add", "../part-0.jsonl.gz", "../part-1.jsonl.gz", cwd=merged)
    assert added.returncode == 0, added.stderr
    assert "were there already" in added.stdout  # the tokenizer and tokens of both
    assert command("report", "smoke", *settings, cwd=merged).returncode == 0
    boards = [next(folder.glob("results/*/leaderboard.json")).read_bytes() for folder in (whole, merged)]
    assert boards[0] == boards[1]
    again = command("run", "smoke", *settings, cwd=merged)
    assert "nothing to run, every stage is in the store" in again.stdout


def test_a_store_without_the_benchmark_says_what_to_run(tmp_path: Path, command: Any) -> None:
    done = command("records", "save", "smoke", "none.jsonl.gz", cwd=tmp_path)
    assert done.returncode == 2
    assert "holds no record of smoke@2" in done.stderr
    assert "earlyexp-bench run smoke" in done.stderr
    assert not (tmp_path / "none.jsonl.gz").exists()
