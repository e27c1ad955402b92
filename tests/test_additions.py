"""What CONTRIBUTING.md says of adding a score and a panel is true: it is done in a copy of the package."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(?:# |\{# |--- )(\S+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOW = """
from dataclasses import replace
from pathlib import Path
from conftest import make_cells, make_terms
from earlyexp_bench.cli.summary import print_board
from earlyexp_bench.scoring import score_board
from earlyexp_bench.site import write_results
terms = make_terms(seeds=range(3))
for version in (3, 4):
    board = score_board(replace(terms, metric_version=version), make_cells(terms))
    write_results(board, make_cells(terms), Path(f"v{version}"), assets=Path("assets"))
print_board(board)
"""


def added(path: Path, lines: list[str]) -> str:
    """The file with each line that is marked ``+`` behind the line that stands above it in the block."""
    text, above = path.read_text(encoding="utf-8"), ""
    for line in lines:
        new = line[1:] + "\n"
        if line[0] == "+":
            assert text.count(above) == 1, above
            text = text.replace(above, above + new)
        above = new
    return text


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write boards of metric versions 3 and 4 with what was added; returns their folder and what the terminal says."""
    folder = tmp_path_factory.mktemp("added")
    shutil.copytree(ROOT / "earlyexp_bench", folder / "earlyexp_bench", ignore=shutil.ignore_patterns("__pycache__"))
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for language, name, body in BLOCK.findall(guide[guide.index("## A score, a panel") : guide.index("## Plugins")]):
        path = folder / name
        path.write_text(added(path, body.splitlines()) if language == "diff" else body, encoding="utf-8")
    paths = os.pathsep.join([str(folder), str(ROOT / "tests" / "site")])
    environment = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_an_added_score_is_in_the_files_and_on_the_terminal(shown: tuple[Path, str]) -> None:
    folder, printed = shown
    row = json.loads((folder / "v4" / "leaderboard.json").read_text(encoding="utf-8"))["rows"][1]["pipelines"][0]
    assert row["best_retained"]["n"] == 3 and len([seed["best_retained"] for seed in row["seeds"]]) == 3
    with (folder / "v4" / "leaderboard.csv").open(encoding="utf-8") as file:
        line = list(csv.DictReader(file))[2]
    assert float(line["best_retained_low"]) < float(line["best_retained"]) < float(line["best_retained_high"])
    assert float(line["best_retained"]) == pytest.approx(row["best_retained"]["mean"])
    lines = [line.split("\t") for line in printed.splitlines()]
    heads, early = (next(line for line in lines if line[1:2] == [name]) for name in ("recipe", "early"))
    assert early[heads.index("best retained loss (nats)")].startswith(f"{row['best_retained']['mean']:+.3f} [")


def test_an_added_score_is_in_the_table_of_the_page_and_explained(shown: tuple[Path, str]) -> None:
    page = (shown[0] / "v4" / "index.html").read_text(encoding="utf-8")
    assert page.count("Best retained loss<small>nats</small>") == 2
    assert page.count('data-label="Best retained loss"') == 8
    assert "<dt>Best retained loss</dt><dd>The lowest retained loss on the front.</dd>" in page


def test_boards_of_earlier_metric_versions_do_not_have_it(shown: tuple[Path, str]) -> None:
    for path in (shown[0] / "v3").iterdir():
        assert b"best_retained" not in path.read_bytes(), path.name
    assert "Best retained" not in (shown[0] / "v3" / "index.html").read_text(encoding="utf-8")


def test_an_added_panel_is_on_the_page_in_its_place(shown: tuple[Path, str]) -> None:
    page = (shown[0] / "v3" / "index.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section aria-labelledby="(\w+)">', page)
    assert sections[sections.index("sensitivity") + 1] == "seeds"
    assert re.search(r"<li>early on music→instruct: [+−]0\.\d{3}, [+−]0\.\d{3}, [+−]0\.\d{3}</li>", page)


def test_boards_of_one_site_share_one_copy_of_its_assets(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    assert {path.name for path in (folder / "assets").iterdir()} == {"vega.js", "style.css", "page.js"}
    for board in ("v3", "v4"):
        page = (folder / board / "index.html").read_text(encoding="utf-8")
        assert re.findall(r'(?:src|stylesheet" href)="([^"]+)"', page) == [
            "../assets/style.css",
            "../assets/vega.js",
            "../assets/page.js",
        ]
        assert not (folder / board / "vega.js").exists() and "<style>" not in page
