"""A board is scored in units of its domains; one without a unit is known once the data stages have run."""

import pytest
from outputs import FOUND, output_of

from earlyexp_bench.board.scales import check_scales
from earlyexp_bench.contracts import UserError
from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark


@pytest.fixture
def plan():
    return build_plan(load_benchmark("smoke"))


def data(bigram=3.0, on="text", splits=("validation", "test")):
    """What a tokens stage found, with a bigram loss on some splits of 3 nats or another, where words alone give 4."""
    found = FOUND["tokens"]
    losses = {split: bigram if split in splits else 3.0 for split in ("validation", "test")}
    held_out = {s: found[s] | {"ngrams": {on: {"unigram": 4.0, "bigram": loss}}} for s, loss in losses.items()}
    return output_of("tokens", **held_out)


def every(plan, **changes):
    return {name: data(**changes) for name in plan.domains}


def on_answers(plan, name):
    planned = plan.domains[name]
    object.__setattr__(planned, "definition", planned.definition.model_copy(update={"loss_on": "answer"}))


@pytest.mark.parametrize("role", ["target", "downstream"])
@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("bigram", [4.0, 5.0, float("nan")])
def test_a_domain_in_which_pairs_tell_no_more_than_words_is_refused(plan, role, split, bigram):
    check_scales(plan, every(plan))
    found = every(plan) | {f"procedural-{role}": data(bigram, splits=[split])}
    with pytest.raises(
        UserError, match=rf"smoke.yaml:\d+: pipelines\.0.{role}: procedural-{role} has no unit on {split}"
    ):
        check_scales(plan, found)


def test_the_general_corpus_needs_no_unit(plan):
    check_scales(plan, every(plan) | {"procedural-general": data(5.0)})


def test_units_are_those_of_what_is_scored(plan):
    on_answers(plan, "procedural-downstream")
    check_scales(plan, every(plan) | {"procedural-downstream": data(on="answer")})
    with pytest.raises(UserError, match=r"pipelines\.0.downstream: .* is scored on answers, and one of its splits has"):
        check_scales(plan, every(plan))
