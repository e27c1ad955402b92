"""Names of evaluators are resolved before anything trains, by the worker that has lm-eval."""

from types import SimpleNamespace
from typing import Any

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import tasks
from earlyexp_bench.planning.tasks import check_tasks

FINE = {"error": "", "expected": "", "known": True, "nearest": []}


@pytest.fixture
def answered(planned: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``answered(names, answers)`` checks smoke with these further evaluators; returns the names that were asked."""

    def check(names: list[str], answers: dict[str, dict[str, Any]], state: str = "miss") -> list[str]:
        asked: list[str] = []

        def ask(service: str, question: list[str], environment: Any) -> dict[str, dict[str, Any]]:
            asked.extend(question)
            return {name: FINE | {"reported": [name]} | answers.get(name, {}) for name in question}

        monkeypatch.setattr(tasks, "ask_worker", ask)
        plan = planned({"evaluators": ["loss", "answer-loss", *names]})
        evaluations = [node for node in plan.nodes if node.spec.kind == "evaluate"]
        check_tasks(plan, [SimpleNamespace(state=state, node=node) for node in evaluations], {})  # type: ignore[misc]
        return asked

    return check


def test_no_worker_is_asked_where_there_is_nothing_to_ask(answered: Any) -> None:
    assert answered(["domain-tasks"], {}) == []
    assert answered(["arc_easy"], {}, state="hit") == []
    assert answered(["domain-tasks", "arc_easy"], {}) == ["arc_easy"]


@pytest.mark.parametrize(
    ("name", "nearest", "expected"),
    [
        ("domain-task", ["domains"], "'domain-tasks'"),
        ("arc_eazy", ["arc_easy", "arc_eu_easy"], "'arc_easy' or 'arc_eu_easy'?"),
        ("nothing like it", [], "`plugins list`"),
    ],
)
def test_an_unknown_name_says_what_may_have_been_meant(
    answered: Any, name: str, nearest: list[str], expected: str
) -> None:
    unknown = {"known": False, "nearest": nearest, "reported": []}
    with pytest.raises(UserError, match=rf"changed.yaml:\d+: evaluators\.2: there is no evaluator '{name}'") as caught:
        answered([name], {name: unknown})
    assert expected in caught.value.expected


def test_what_cannot_be_measured_is_refused_with_its_place(answered: Any) -> None:
    with pytest.raises(UserError, match=r"evaluators\.3: its data are not here") as caught:
        answered(["rte", "arc_easy"], {"arc_easy": {"error": "its data are not here", "expected": "a network"}})
    assert caught.value.expected == "a network"


def test_a_task_that_two_entries_measure_is_refused(answered: Any) -> None:
    with pytest.raises(UserError, match=r"evaluators\.3: ai2_arc measures arc_easy, and so does arc_easy"):
        answered(["arc_easy", "ai2_arc"], {"ai2_arc": {"reported": ["arc_challenge", "arc_easy"]}})


@pytest.mark.slow
def test_the_worker_answers_offline_for_names_of_every_kind() -> None:
    offline = {"HF_HUB_OFFLINE": "1"}
    asked = [
        "number_agreement",
        "arc_easy",
        "anli",
        "arc_eazy",
        "arithmetic*",
        "tmmluplus_education_(profession_level)",
    ]
    found = tasks.ask_worker("--tasks", asked, offline)
    assert found["number_agreement"]["reported"] == ["number_agreement"]
    for name in ("arc_easy", "anli", "tmmluplus_education_(profession_level)"):
        assert found[name]["known"] and "Hub" in found[name]["error"] and "with network" in found[name]["expected"]
    assert "arc_easy" in found["arc_eazy"]["nearest"]
    assert not found["arithmetic*"]["known"]
