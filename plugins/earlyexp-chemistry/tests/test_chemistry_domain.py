"""``chemistry/names`` keeps what a domain promises."""

import re
from dataclasses import replace

import pytest

from earlyexp_bench.contracts import NoParams, UserError
from earlyexp_chemistry._domain import COMPOUNDS, Names, answer, without_locants
from earlyexp_testing import conformance_tests

test_conformance = pytest.mark.slow(conformance_tests("earlyexp-chemistry"))


@pytest.fixture(scope="module")
def domain():
    return Names(NoParams())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1-iodanyl-3-methyl-benzene", "1-iodanyl-2-methyl-benzene"),
        ("(1r,3s)-3-chloranylcyclopentan-1-ol", "2-chloranylcyclopentan-1-ol"),
        ("9-ethyl-9h-purin-6-amine", "7-ethyl-7h-purin-6-amine"),
    ],
)
def test_isomers_by_position_are_one_group(one, other):
    assert without_locants(one) == without_locants(other)


def test_no_registry_numbers_are_left(domain):
    numbers = re.compile(r"\b\d{2,7}-\d{2}-\d\b")
    assert not any(numbers.search(document.text) for document in domain.documents("train"))


def test_the_answer_of_a_compound_is_its_structure(domain):
    document = next(domain.documents("test"))
    assert document.text[: document.answer_start].endswith("\nSMILES:")
    assert answer(document) == document.text.rpartition(" ")[2]


def test_all_options_hold_the_same_elements_as_the_formula(domain):
    for item in domain.tasks()["chemistry_structure"]["custom_dataset"]()["test"]:
        formula = item["prompt"].partition("Formula: ")[2]
        assert all(("Cl" in option) == ("Cl" in formula) for option in item["choices"])


def test_another_release_of_the_data_is_refused():
    with pytest.raises(UserError, match=r"chemicals 1\.5\.2"):
        replace(COMPOUNDS, patterns=("Identifiers/dippr_2014.csv",)).files()
