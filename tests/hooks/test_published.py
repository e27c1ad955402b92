"""Published records are found by the benchmark that they are of, in the package that brings them."""

import pytest

PUBLISHES = """
from pathlib import Path
from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_published_records(register):
    register(Path(__file__).parent / "results")
"""
ASK = """
import sys
from earlyexp_bench.hooks import published_records
print(published_records("first-steps", {version}), end="", file=sys.stderr)
"""


@pytest.fixture
def published(site):
    folder = site.folder / "results" / "first-steps@2"
    folder.mkdir(parents=True)
    (folder / "records.jsonl.gz").touch()
    site.install("earlyexp-publishing", PUBLISHES)
    return folder / "records.jsonl.gz"


def test_records_are_found_by_id_and_version(site, published):
    assert site.python(ASK.format(version=2)) == str(published)


def test_another_version_has_none(site, published):
    assert site.python(ASK.format(version=3)) == "None"


def test_a_package_whose_folder_is_missing_is_broken_and_says_which_folder(site):
    site.install("earlyexp-publishing", PUBLISHES)
    (broken,) = site.listed()["broken"]
    assert str(site.folder / "results") in broken["reason"]
