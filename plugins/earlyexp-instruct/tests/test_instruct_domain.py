"""``instruct/mixed`` keeps what a domain promises."""

from dataclasses import replace
from itertools import islice

import pytest

from earlyexp_bench.contracts import SPLITS, Document, NoParams, UserError
from earlyexp_bench.domains import near_duplicates
from earlyexp_instruct._domain import Mixed
from earlyexp_instruct.diagnoses import CLASSIFICATION
from earlyexp_instruct.facts import short
from earlyexp_instruct.frames import Item, parse
from earlyexp_public_text.countries import country_role
from earlyexp_testing import conformance_tests

test_conformance = pytest.mark.slow(conformance_tests("earlyexp-instruct"))


@pytest.fixture(scope="module")
def domain():
    return Mixed(NoParams())


def test_no_country_is_in_the_general_corpus_or_in_two_splits(domain):
    roles = {"train": "instruction-train", "validation": "instruction-validation", "test": "instruction-test"}
    for split, role in roles.items():
        groups = {document.group for document in domain.documents(split)}
        codes = [group.removeprefix("country/") for group in groups if group.startswith("country/")]
        assert codes
        assert {country_role(code) for code in codes} == {role}


def test_the_answer_starts_after_the_response_mark(domain):
    for document in islice(domain.documents("test"), 50):
        assert document.text[: document.answer_start].endswith("### Response:\n")
        assert document.text[document.answer_start :] == parse(document.text).response


def test_every_document_can_be_taken_apart_again(domain):
    for document in domain.documents("validation"):
        item = parse(document.text)
        assert item.prompt() + item.response == document.text


def test_items_alike_only_in_frame_and_class_are_no_twins(domain):
    one = Item("chapter", "Pulmonary actinomycosis", "Certain infectious and parasitic diseases")
    other = Item("chapter", "Cholera due to Vibrio cholerae 01", "Certain infectious and parasitic diseases")
    documents = [Document(item.prompt() + item.response, item.subject) for item in (one, other)]
    assert near_duplicates(documents[:1], documents[1:], domain.fingerprint) == []


def test_both_sources_are_met_early_in_every_split(domain):
    for split in SPLITS:
        first = [document.group.partition("/")[0] for document in islice(domain.documents(split), 100)]
        assert set(first) == {"icd", "country"}


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("2,521,534 (2025 est.)", "2,521,534"),
        ("11 August 1960 (from France)", "11 August 1960 (from France)"),
        ("diamonds, copper, nickel (2023)\nnote: top ten", "diamonds, copper, nickel"),
        ("x" * 121, ""),
    ],
)
def test_facts_are_cut_to_what_is_asked(fact, expected):
    assert short(fact) == expected


def test_another_release_of_the_data_is_refused():
    with pytest.raises(UserError, match=r"simple-icd-10-cm 1\.5\.0"):
        replace(CLASSIFICATION, patterns=("data/*.txt",)).files()
