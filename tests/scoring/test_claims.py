"""A claim that nobody has made: what it may read of a board, and how its evidence becomes a verdict."""

from dataclasses import replace

import numpy as np
import pytest

from earlyexp_bench.scoring import CURVE, score_board
from earlyexp_bench.scoring.claims import (
    ClaimCurve,
    CurvePoint,
    Evidence,
    NoEvidence,
    StatedClaim,
    decide,
    judge_claim,
    p_greater,
    pipeline_results,
    t_interval,
)

PAIR = ("baseline", "early")
AT_FIRST = {CURVE: 1e-4}
LEVELS = (5.0, 4.8, 4.6)  # the curve below retains 3.2, 3.6 and 4.0 there
NADIR = 5.0


class LearnsLess:
    """At the lowest rate the exposed recipe has the higher downstream loss."""

    def readings(self):
        return {"at the lowest rate": self.test}

    def test(self, results):
        baseline, early = results.losses("downstream", PAIR, AT_FIRST).T
        both = [min(1.0, 2 * float(p_greater(gaps))) for gaps in (early - baseline, baseline - early)]
        return Evidence(t_interval((early - baseline).tolist()), *both, "downstream loss rises")

    def curves(self, pipelines):
        means = [(results.name, results.mean_loss("retained", "early", AT_FIRST)) for results in pipelines]
        points = tuple(CurvePoint(name, 1.0, mean) for name, mean in means if mean is not None)
        return [ClaimCurve("retained loss", "retained loss", "λ", "λ", points)]


STATED = StatedClaim("X1", "Exposure hinders learning", PAIR, LearnsLess())


@pytest.fixture
def results(terms, front):
    def make(shift=0.0, seeds=range(5), change=lambda cell: cell, pipelines=("p",), levels=LEVELS):
        rng = np.random.default_rng(0)
        cells = []
        for recipe, by in (("baseline", 0.0), ("early", shift)):
            for pipeline in pipelines:
                for seed in seeds:
                    moved = by + rng.normal(0, 0.01)
                    points = [(5.8 + moved, 3.0), (5.0, 3.2), (4.6, 4.0), (4.4, 4.8)]
                    cells += front(recipe, seed, pipeline=pipeline, points=points)
        cells = [changed for cell in cells if (changed := change(cell)) is not None]
        about = terms(seeds, pipelines)
        about = replace(about, pipelines=tuple(replace(p, levels=levels) for p in about.pipelines))
        return pipeline_results(score_board(about, cells), cells)

    return make


@pytest.mark.parametrize(("shift", "word"), [(0.1, "supported"), (-0.1, "contradicted"), (0.0, "undecided")])
def test_a_claim_that_core_does_not_know_comes_out_each_way(results, shift, word):
    (result,) = judge_claim(STATED, results(shift))
    assert (result.claim, result.reading, result.recipes) == ("X1", "at the lowest rate", PAIR)
    assert result.outcomes["p"].word == word
    assert result.outcomes["p"].estimate.mean == pytest.approx(shift, abs=0.02)
    assert result.curves[0].points[0].estimate.mean == pytest.approx(3.0)


def test_what_has_not_run_is_no_evidence_in_its_pipeline_alone(results):
    lost = lambda cell: None if (cell.recipe, cell.pipeline, cell.seed) == ("early", "q", 2) else cell  # noqa: E731
    (result,) = judge_claim(STATED, results(0.1, change=lost, pipelines=("p", "q")))
    assert {name: one.word for name, one in result.outcomes.items()} == {"p": "supported", "q": "undecided"}
    assert result.outcomes["q"].reason == "early is not complete: not run: seed 2: 4 of 4"
    assert [point.pipeline for point in result.curves[0].points] == ["p"]


def test_a_claim_with_nothing_to_draw_has_no_curves(results):
    (result,) = judge_claim(STATED, results(change=lambda cell: None))
    assert result.curves == ()


def test_losses_are_those_of_one_point_of_every_seed(results):
    (pipeline,) = results(0.1)
    assert pipeline.losses("retained", PAIR, AT_FIRST).shape == (5, 2)
    assert pipeline.hypervolumes(PAIR).shape == (5, 2)
    with pytest.raises(NoEvidence, match=r"baseline has not exactly one retained loss at rate 0\.5 for every seed"):
        pipeline.losses("retained", PAIR, {CURVE: 0.5})
    with pytest.raises(NoEvidence, match="not exactly one retained loss for every seed"):
        pipeline.losses("retained", PAIR, {})


def test_the_immediate_loss_is_one_whatever_fine_tuning_does(results):
    def half_gone(cell):
        lost = cell.seed == 0 and cell.sweep[CURVE] > 2e-4
        return replace(cell, status="diverged", test=None, validation=None) if lost else cell

    (pipeline,) = results(change=half_gone)
    np.testing.assert_array_equal(pipeline.losses("immediate", PAIR, {}), np.full((5, 2), 2.5))
    assert pipeline.mean_loss("immediate", "early", {}).mean == 2.5


def test_matched_losses_are_read_at_the_levels_of_the_pipeline(results):
    (pipeline,) = results()
    losses = pipeline.matched(PAIR)
    assert (losses.retained.shape, losses.levels, losses.nadir) == ((5, 2, 3), LEVELS, NADIR)
    np.testing.assert_allclose(losses.retained, np.broadcast_to([3.2, 3.6, 4.0], (5, 2, 3)))
    np.testing.assert_allclose(losses.nats, 3.6)
    assert losses.capped.tolist() == [0.0, 0.0, 0.0]
    assert pipeline.matched_mean("early").mean == pytest.approx(3.6)


def test_a_run_that_diverged_or_lost_more_counts_the_nadir_and_its_seed_stays(results):
    def hurt(cell):
        if cell.seed == 0 and cell.sweep == {CURVE: 3e-4}:
            return replace(cell, status="diverged", test=None, validation=None)
        return replace(cell, test=replace(cell.test, retained=9.0)) if cell.seed == 1 else cell

    (pipeline,) = results(change=hurt)
    losses = pipeline.matched(PAIR)
    np.testing.assert_allclose(losses.retained[0, 1], [3.2, NADIR, NADIR])
    np.testing.assert_allclose(losses.retained[1, 1], [NADIR] * 3)
    np.testing.assert_allclose(losses.capped, [0.2, 0.4, 0.4])


def test_without_levels_nothing_is_matched(results):
    def flat(cell):  # nothing is forgotten, so no level can be taken from the reference
        loss = replace(cell.test, retained=3.0)
        return replace(cell, test=loss, validation=loss)

    (pipeline,) = results(levels=None, change=flat)
    with pytest.raises(NoEvidence, match="no levels: no rate takes"):
        pipeline.matched(PAIR)
    assert pipeline.matched_mean("early") is None


def test_holm_over_the_pipelines_asks_more_of_each():
    estimate = t_interval([1.0, 1.1, 0.9, 1.0, 1.2])
    alone = {"a": Evidence(estimate, 0.03, 1.0)}
    assert decide(alone)["a"].word == "supported"
    four = {name: Evidence.none("it did not run") for name in "bcd"} | alone
    assert {outcome.word for outcome in decide(four).values()} == {"undecided"}
    assert decide(four)["a"].p_supported == pytest.approx(0.12)


def test_what_else_was_estimated_stays_with_the_verdict():
    estimate = t_interval([1.0, 1.1, 0.9, 1.0, 1.2])
    parts = {"at the first level": estimate}
    tested, barred = (Evidence(estimate, 0.01, 1.0, exclusion=why, parts=parts) for why in ("", "it was barred"))
    assert {tuple(one.parts) for one in decide({"a": tested, "b": barred}).values()} == {("at the first level",)}
