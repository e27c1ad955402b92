"""The page says what a recipe is made of, and links what can be read."""

import html
import json
import re
from dataclasses import replace

import pytest

from earlyexp_bench.scoring import Anatomy, MethodTerms, score_board
from earlyexp_bench.site import write_results
from earlyexp_bench.site.recipes import linked

LORA = MethodTerms(
    stage="finetuning",
    id="mitigations/lora-x",
    version="3",
    package="earlyexp-mitigations",
    package_versions=("0.1.0", "0.2.0"),
    parameters={"rank": 16, "targets": ["mlp", "<b>head"], "name": "x"},
    defaults={"rank": 64, "targets": ["mlp", "<b>head"]},
    description="Trains adapters.",
    reference="Hu et al. 2021, arXiv 2106.09685",
)
LINKS = [
    ("Hu et al. 2021, arXiv 2106.09685; targets", "https://arxiv.org/abs/2106.09685"),
    ("arXiv:2605.12705v2.", "https://arxiv.org/abs/2605.12705v2"),
    ("2605.12705", "https://arxiv.org/abs/2605.12705"),
    ("Old, arXiv hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001"),
    ("see https://arxiv.org/abs/2605.12705.", "https://arxiv.org/abs/2605.12705"),
    ("(https://example.org/a?b=1&c=2)", "https://example.org/a?b=1&amp;c=2"),
    ("Welch 1947, doi:10.1093/biomet/34.1-2.28", "https://doi.org/10.1093/biomet/34.1-2.28"),
]


def described(terms, name, **anatomy):
    recipes = (replace(r, anatomy=Anatomy(**anatomy)) if r.name == name else r for r in terms.recipes)
    return replace(terms, recipes=tuple(recipes))


@pytest.mark.parametrize(("reference", "address"), LINKS)
def test_an_arxiv_id_a_page_and_a_doi_are_links(reference, address):
    assert re.findall(r'href="([^"]*)"', linked(reference)) == [address]
    assert re.sub(r"<[^>]+>", "", linked(reference)).replace("&amp;", "&") == reference


@pytest.mark.parametrize(
    "reference", ["", "Srivastava et al. 2014", "javascript:alert(1)", "<script>alert(1)</script>", "arXivist 2014.1"]
)
def test_nothing_else_is(reference):
    assert "<a" not in linked(reference) and "<script" not in linked(reference)


def test_a_recipes_methods_stand_with_package_version_parameters_and_reference(terms, cells, tmp_path):
    told = described(terms, "early+replay", exposure="Pretraining sees some.", methods=(LORA,))
    told = described(told, "early", exposure="Pretraining sees all.")
    page = write_results(score_board(told, cells), cells, tmp_path).read_text(encoding="utf-8")
    section = re.search(r'<section aria-labelledby="recipes">.*?</section>', page, re.S)[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", section))
    assert "mitigations/lora-x in fine-tuning: Trains adapters." in text
    assert "Version 3, of earlyexp-mitigations 0.1.0, 0.2.0. Parameters: rank" in text
    assert re.search(r"rank&nbsp;<b>16</b> \(default 64\)", section)  # not the default: told apart
    assert 'targets ["mlp", "<b>head"],' in html.unescape(text).replace("\N{NO-BREAK SPACE}", " ")  # the default: plain
    assert "<b>head" not in section
    assert "name&nbsp;<b>x</b></span>." in section  # has no default
    assert 'href="https://arxiv.org/abs/2106.09685"' in section
    assert "early Pretraining sees all. No methods." in text
    assert 'href="recipes.json"' in page


def test_recipes_are_a_file_for_programs_where_there_are_methods(terms, cells, tmp_path):
    told = described(terms, "replay", methods=(LORA,))
    write_results(score_board(told, cells), cells, tmp_path)
    read = json.loads((tmp_path / "recipes.json").read_text(encoding="utf-8"))
    (method,) = read["recipes"]["replay"]["methods"]
    assert (method["parameters"]["rank"], method["changed"]) == (16, ["rank", "name"])
    assert (method["package"], method["package_versions"]) == ("earlyexp-mitigations", ["0.1.0", "0.2.0"])
    assert read["recipes"]["baseline"]["methods"] == []
    assert "anatomy" not in (tmp_path / "leaderboard.json").read_text(encoding="utf-8")
    page = write_results(score_board(terms, cells), cells, tmp_path).read_text(encoding="utf-8")
    assert not (tmp_path / "recipes.json").exists() and "recipes.json" not in page
