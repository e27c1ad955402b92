"""A board is scored in units of its domains; one without a unit is known once the data stages have run."""

from types import SimpleNamespace

import pytest

from earlyexp_bench.board.scales import check_scales
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark


@pytest.fixture
def plan():
    return build_plan(load_benchmark("smoke"))


def records(plan, prefix=""):
    return {
        name: SimpleNamespace(
            metrics={
                f"{prefix}unigram_loss": {"validation": 4.0, "test": 4.0},
                f"{prefix}bigram_loss": {"validation": 3.0, "test": 3.0},
            }
        )
        for name in plan.domains
    }


def on_answers(plan, name):
    planned = plan.domains[name]
    object.__setattr__(planned, "definition", planned.definition.model_copy(update={"loss_on": "answer"}))


@pytest.mark.parametrize("role", ["target", "downstream"])
@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("bigram", [4.0, 5.0, float("nan")])
def test_a_domain_in_which_pairs_tell_no_more_than_words_is_refused(plan, role, split, bigram):
    found = records(plan)
    check_scales(plan, found)
    found[f"procedural-{role}"].metrics["bigram_loss"][split] = bigram
    with pytest.raises(
        UserError, match=rf"smoke.yaml:\d+: pipelines\.0.{role}: procedural-{role} has no unit on {split}"
    ):
        check_scales(plan, found)


def test_the_general_corpus_needs_no_unit(plan):
    found = records(plan)
    found["procedural-general"].metrics["bigram_loss"]["test"] = 5.0
    check_scales(plan, found)


def test_units_are_those_of_what_is_scored(plan):
    on_answers(plan, "procedural-downstream")
    found = records(plan) | {"procedural-downstream": records(plan, "answer_")["procedural-downstream"]}
    check_scales(plan, found)
    with pytest.raises(UserError, match=r"pipelines\.0.downstream: .* is scored on answers, and one of its splits has"):
        check_scales(plan, records(plan))
