"""What a benchmark may write about an evaluator, and what it must measure."""

from dataclasses import replace
from typing import Any

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.hooks import registry


@pytest.mark.parametrize("use", ["domain-tasks", "arc_easy"])
def test_an_unknown_key_of_an_evaluator_names_those_it_has(planned: Any, use: str) -> None:
    entries = ["loss", {"use": use, "max_document": 5}]
    with pytest.raises(UserError, match=r"evaluators\.1\.max_document: unknown key") as caught:
        planned({"evaluators": entries})
    assert "'max_documents'?" in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["loss", "answer-loss", "loss"], r"evaluators\.2: builtin/loss is listed twice"),
        (["loss", "answer-loss", {"use": "builtin/answer-loss", "max_documents": 3}], "answer-loss is listed twice"),
        (["loss", "answer-loss", "arc_easy", "arc_easy"], r"evaluators\.3: arc_easy is listed twice"),
        (["loss", "answer-loss", {"use": "arc_easy", "max_documents": {"target": 3}}], "arc_easy is measured once"),
        (["loss", {"use": "domain-task", "few": 1}], r"evaluators\.1.use: no evaluator 'domain-task' is installed"),
        (["loss", "nobody/loss"], "no evaluator 'nobody/loss'"),
    ],
)
def test_what_would_fail_once_all_is_trained_is_refused(planned: Any, entries: list[Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        planned({"evaluators": entries})


@pytest.mark.parametrize("role", ["pipelines/0/target", "pipelines/0/downstream", "pretraining/corpus"])
def test_a_domain_that_is_scored_on_answers_wants_them_measured(
    planned: Any, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    entry = registry().domain("procedural-general")
    answers = replace(entry, id="test/it", definition=entry.definition.model_copy(update={"loss_on": "answer"}))
    monkeypatch.setitem(registry().components["domain"], "test/it", answers)
    assert planned({role: "test/it"})
    with pytest.raises(UserError, match=r"evaluators: builtin/answer-loss is not listed: test/it is scored on its an"):
        planned({role: "test/it", "evaluators": ["loss"]})
