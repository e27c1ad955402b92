"""``chemistry/names`` keeps what a domain promises."""

import re
from dataclasses import replace

import pytest

from earlyexp_bench.contracts import NoParams, UserError
from earlyexp_bench.hooks import registry
from earlyexp_bench.testing import domain_problems, hash_in_new_process, heavy_imports
from earlyexp_chemistry import NAMES
from earlyexp_chemistry._domain import COMPOUNDS, Names, answer, without_locants


@pytest.fixture(scope="module")
def domain():
    return Names(NoParams())


def test_the_domain_is_registered():
    assert registry().domain("chemistry/names").definition == NAMES


def test_documents_and_tasks_keep_their_promises(domain):
    assert domain_problems(NAMES, domain) == []


@pytest.mark.slow
def test_another_process_reads_the_same_documents_in_the_same_order():
    assert hash_in_new_process(NAMES.implementation, hash_seed=1) == NAMES.content_hash


def test_planning_imports_nothing_heavy():
    assert heavy_imports("earlyexp_chemistry", also=("chemicals",)) == []


def test_lm_eval_builds_the_tasks(domain):
    from datasets import Dataset
    from lm_eval.tasks import TaskManager

    for name, config in domain.tasks().items():
        rows = config["custom_dataset"](**config["metadata"])["test"]
        readable = {**config, "custom_dataset": lambda rows=rows, **_: {"test": Dataset.from_list(rows)}}
        task = TaskManager(include_defaults=False).load([readable])["tasks"][name]
        task.build_all_requests(limit=5)
        first = task.instances[0]
        assert len(task.instances) == 20
        assert first.arguments[0] == rows[0]["prompt"]
        assert first.arguments[1].strip() == rows[0]["choices"][0].strip()


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
