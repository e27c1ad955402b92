"""Every command that the first pages give is one that there is, with the arguments and options that it takes."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from earlyexp_bench.cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "getting-started.md", ROOT / "docs" / "published.md"]
_INLINE = re.compile(r"`(?:\.venv/bin/)?earlyexp-bench ([^`\n]+)`")
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_LINES = 60


def commands(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    given = [line.partition("earlyexp-bench ")[2] for line in lines if re.match(r"(\.venv/bin/)?earlyexp-bench ", line)]
    return [*_INLINE.findall(text), *given]


@pytest.mark.parametrize("command", sorted({command for page in PAGES for command in commands(page)}))
def test_a_documented_command_is_understood(command: str) -> None:
    words, found = shlex.split(command), get_command(app)
    while hasattr(found, "commands"):
        found = found.get_command(found.make_context("earlyexp-bench", [], resilient_parsing=True), words.pop(0))
    assert found.make_context(command, words) is not None


def test_every_page_gives_commands() -> None:
    assert all(commands(page) for page in PAGES)


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_pages_and_headings_that_there_are(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        file, _, heading = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.is_file(), target
        headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        assert not heading or heading in {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in headings}
