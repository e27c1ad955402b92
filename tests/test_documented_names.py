"""Names of ours that the documentation gives exist: a reader may import each of them."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "plugins/**/*.md",
        "benchmarks/*.md",
        # What checks advise, and what a new package starts from.
        "plugins/earlyexp-testing/src/earlyexp_testing/conformance/*.py",
        "plugins/earlyexp-testing/src/earlyexp_testing/templates/*/*.j2",
    )
    for path in ROOT.glob(pattern)
)
_DOTTED = re.compile(r"(?<![\w./-])(earlyexp_\w+(?:\.\w+)*)")
_IMPORTED = re.compile(r"from (earlyexp_\w+(?:\.\w+)*) import ([\w, ]+)")
# What a reader of the guide makes first.
OF_THE_READER = (
    "earlyexp_stay_near",
    "earlyexp_tally",
    "earlyexp_thrift",
    "earlyexp_bench.scoring.scores.best_retained",
)
# Groups of entry points are no modules.
GROUPS = {"earlyexp_bench.commands"}


def names(text):
    """Yield every dotted name of ours in a page, and every name that it imports from one."""
    yield from _DOTTED.findall(text)
    yield from (f"{module}.{name.strip()}" for module, found in _IMPORTED.findall(text) for name in found.split(","))


def exists(name):
    module, parts = name.split(".")[0], name.split(".")[1:]
    found = importlib.import_module(module)
    for part in parts:
        module = f"{module}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(module)
            except ModuleNotFoundError:
                return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_name_on_a_page_can_be_imported(page):
    named = sorted(
        name for name in set(names(page.read_text(encoding="utf-8"))) - GROUPS if not name.startswith(OF_THE_READER)
    )
    assert [name for name in named if not exists(name)] == []


def test_a_name_that_does_not_exist_is_noticed():
    page = "`earlyexp_testing.near_duplicates` and `from earlyexp_bench.domains import near_duplicates, far`"
    assert [name for name in names(page) if not exists(name)] == [
        "earlyexp_testing.near_duplicates",
        "earlyexp_bench.domains.far",
    ]
    assert not exists("earlyexp_bench.nothing.here")
