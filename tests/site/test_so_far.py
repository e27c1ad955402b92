"""A board of which some seeds ran shows their numbers everywhere, and says of how many they are."""

import json
import re

from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.scoring import CellResult
from earlyexp_bench.site import write_results


def only(*seeds, **of_recipes):
    """Leave out what did not run: seeds of all rows, or of one."""

    def change(cell):
        if cell.seed in of_recipes.get(cell.recipe, seeds):
            return cell
        return CellResult(cell.recipe, cell.pipeline, cell.seed, cell.sweep, status="missing", reason="not run yet")

    return change


def visible(board, cells, out):
    page = write_results(board, cells, out).read_text(encoding="utf-8")
    body = page.split("<body>")[1].split('<script type="application/json"')[0]
    charts = json.loads(re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.S)[1])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)), charts["specs"]


def values(spec):
    return [row for layer in spec["layer"] for row in layer["data"]["values"]]


def test_a_run_of_one_seed_shows_its_numbers_without_intervals(made, tmp_path, capsys):
    board, cells = made(only(3))
    text, specs = visible(board, cells, tmp_path)
    early = board.score("early", "music→instruct").so_far
    assert "Incomplete: 32 of 160 cells have run" in text
    assert re.search(r"no verdict \+0\.\d{3} 1 seed – – incomplete 4/20 1 of 5 seeds whole", text)
    assert "No verdict on early against baseline: early is not complete. So far its gain is +0." in text
    assert "incomplete 4/20" in text
    mark = next(v for v in values(specs["interval-0"]) if v.get("recipe") == "early" and "verdict" in v)
    assert (mark["judged"], mark["decided"]) == (False, False)
    assert re.fullmatch(r"\+0\.\d{3}  no verdict\nincomplete", mark["said"])
    assert mark["low"] == mark["high"] == mark["mean"]
    assert {v["sweep"] for v in values(specs["downstream-0"]) if v.get("x_text") and v["recipe"] == "early"} == {
        f"rate {rate}, stage 2 rate 1e-3" for rate in ("1e-4", "2e-4", "3e-4", "5e-4")
    }
    print_board(board)
    printed = capsys.readouterr().out
    said = f"{early.scores.get('gain').mean:+.3f} (one seed)"
    assert re.search(rf"\tearly\tno verdict\t{re.escape(said)}\t.*\tincomplete 4/20, 1 of 5 seeds compared", printed)


def test_rows_of_several_seeds_have_intervals_and_say_how_many_seeds(made, tmp_path, capsys):
    board, cells = made(only(0, 1, 2, replay=(1, 2, 3, 4)))
    text, _ = visible(board, cells, tmp_path)
    assert re.search(r"1% of post-training .*? no verdict [+−]0\.\d{3} \[[^]]+\] 2 seeds", text)
    print_board(board)
    assert re.search(r"\treplay\t.*\tincomplete 16/20, 2 of 5 seeds compared", capsys.readouterr().out)


def test_numbers_so_far_are_in_the_json_and_scores_of_the_files_wait(made, tmp_path):
    board, cells = made(only(0, 1))
    write_results(board, cells, tmp_path)
    rows = json.loads((tmp_path / "leaderboard.json").read_text(encoding="utf-8"))["rows"]
    early = rows[1]["pipelines"][0]
    assert early["so_far"]["gain"]["n"] == 2
    assert [seed["seed"] for seed in early["so_far"]["seeds"]] == [0, 1]
    assert early["counts"]["done"] == 8 and early["counts"]["expected"] == 20
    assert (early["hypervolume"], early["seeds"], early["judgement"]["word"]) == (None, [], "none")
    assert rows[1]["so_far"]["n"] == 2


def test_a_complete_row_beside_an_incomplete_reference_is_compared_over_their_seeds(made, tmp_path):
    board, cells = made(only(0, 1, 2, 3, 4, baseline=(0, 1)))
    text, _ = visible(board, cells, tmp_path)
    assert board.score("early", "music→instruct").state == "complete"
    assert re.search(r"All post-training data once in pretraining\. no verdict .*?\] 2 seeds", text)


def test_a_complete_board_speaks_of_no_part_of_the_seeds(board, cells, tmp_path):
    text, _ = visible(board, cells, tmp_path)
    tables = text.split("Which differences are real", 1)[1].split("What the numbers mean")[0]
    assert "so far" not in text.lower() and not re.search(r"\d seeds?\b", tables)
    assert "so_far" not in (tmp_path / "leaderboard.json").read_text(encoding="utf-8")
