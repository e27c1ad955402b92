"""What the linear network shows through all three stages, scored as any benchmark."""

import numpy as np
import pytest

from earlyexp_bench.scoring import CURVE, hypervolume
from earlyexp_theory import (
    PIPELINES,
    RECIPES,
    Network,
    Settings,
    after_posttraining,
    descend,
    downstream,
    draw_basis,
    draw_strengths,
    finetune,
    general,
    logistic,
    mixture,
    run_study,
    target,
    train_upstream,
)
from earlyexp_theory import __main__ as command

CONTRARY, AKIN = PIPELINES


@pytest.fixture(scope="module")
def study():
    return run_study()


def last_cells(study, pipeline, recipe):
    """Cells of the largest stage-3 rate, one a seed."""
    rate = study.settings.finetuning_rates[-1]
    return [
        cell
        for cell in study.cells
        if (cell.pipeline, cell.recipe, cell.sweep[CURVE]) == (pipeline, recipe, rate) and cell.test
    ]


def test_only_exposed_pretraining_learns_the_specialised_feature(study):
    for (recipe, _), upstream in study.upstream.items():
        wanted = upstream.asked.target - upstream.asked.general
        if recipe == "baseline":
            assert upstream.pretrained[2] == pytest.approx(study.settings.initial, abs=1e-12)
        elif recipe == "early":
            assert upstream.pretrained[2] == pytest.approx(wanted, rel=0.02)


def test_immediate_losses_are_equal_whatever_the_exposure(study):
    assert all(upstream.converged for upstream in study.upstream.values())
    assert max(cell.test.immediate for cell in study.cells) <= study.settings.tolerance


@pytest.mark.parametrize(("pipeline", "sign"), [(CONTRARY, -1), (AKIN, 1)])
def test_retained_loss_moves_with_exposure_in_the_direction_that_the_downstream_task_decides(study, pipeline, sign):
    losses = np.array([[cell.test.retained for cell in last_cells(study, pipeline, recipe)] for recipe in RECIPES])
    assert losses.shape == (len(RECIPES), len(study.settings.seeds))
    assert (sign * np.diff(losses, axis=0) > 0).all()


@pytest.mark.parametrize(("pipeline", "word"), [(CONTRARY, "better"), (AKIN, "worse")])
def test_the_board_gives_the_predicted_verdict(study, pipeline, word):
    assert study.board.score("early", pipeline).judgement.word == word


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_seed_gains_exactly_where_its_front_is_shorter(study, pipeline):
    for recipe in RECIPES.keys() - {"baseline"}:
        for seed in study.board.score(recipe, pipeline).whole.seeds:
            distances = [study.upstream[name, seed.seed].distance(pipeline) for name in ("baseline", recipe)]
            assert np.sign(seed.value("gain")) == np.sign(distances[0] - distances[1])
            assert np.sign(seed.value("hypervolume_difference")) == np.sign(distances[0] - distances[1])


@pytest.mark.parametrize(("pipeline", "asked_of"), [(CONTRARY, "contrary"), (AKIN, "akin")])
def test_the_board_scores_the_staircases_of_the_closed_forms(study, pipeline, asked_of):
    """Up to the error of finite steps, from what post-training left."""
    terms = next(terms for terms in study.board.terms.pipelines if terms.name == pipeline)
    times = [rate * study.settings.finetuning_steps for rate in study.settings.finetuning_rates]
    for seed in study.board.score("early", pipeline).whole.seeds:
        areas = []
        for recipe in ("baseline", "early"):
            upstream = study.upstream[recipe, seed.seed]
            start, end = upstream.posttrained[1], getattr(upstream.asked, asked_of)
            tuned = np.array([logistic(start, end, time) for time in times])
            areas.append(staircase((tuned - end) ** 2 / 2, (tuned - start) ** 2 / 2, terms.test.nadir))
        assert seed.value("hypervolume_difference") == pytest.approx((areas[1] - areas[0]) / terms.test.unit, abs=1e-3)


def staircase(downstream_losses, retained_losses, nadir):
    """Area of a front whose points are given by falling downstream loss, all of them better than the nadir."""
    assert (downstream_losses < nadir[0]).all() and (retained_losses < nadir[1]).all()
    edges = [nadir[0], *downstream_losses]
    return sum((edges[i] - edges[i + 1]) * (nadir[1] - y) for i, y in enumerate(retained_losses))


def test_the_baselines_score_is_known_in_closed_form_through_all_three_stages():
    """Pretraining, post-training and fine-tuning by gradient descent, its step extrapolated to 0."""
    settings = Settings(seeds=(0,), finetuning_rates=(0.002, 0.008, 0.032), pretraining_steps=200)
    scores = [baseline_hypervolume(settings.refined(factor)) for factor in (2, 4, 8)]
    exact = forecast_hypervolume(settings)
    assert (scores[0] - 6 * scores[1] + 8 * scores[2]) / 3 == pytest.approx(exact, abs=1e-8)
    assert scores[2] != pytest.approx(exact, abs=1e-6)


def baseline_hypervolume(settings):
    upstream = train_upstream(0.0, 0, settings)
    tuned = [finetune(upstream, CONTRARY, rate, settings) for rate in settings.finetuning_rates]
    return hypervolume(points(tuned), (0.6, 1.5))


def forecast_hypervolume(settings):
    asked, time = draw_strengths(0), settings.pretraining_rate * settings.pretraining_steps
    pretrained = [logistic(settings.initial, end, time) for end in (asked.invariant, asked.general)]
    start = after_posttraining(np.array([*pretrained, settings.initial]), asked.invariant, asked.target)
    times = [rate * settings.finetuning_steps for rate in settings.finetuning_rates]
    tuned = [np.array([asked.invariant, logistic(start[1], asked.contrary, time), start[2]]) for time in times]
    return hypervolume(points(tuned), (0.6, 1.5))


def points(tuned):
    asked = draw_strengths(0)
    return [(downstream(asked, asked.contrary).loss(end), target(asked).loss(end)) for end in tuned]


def test_the_gap_does_not_hang_on_aligned_weights():
    """Small random weights, hidden units of no balance and no alignment: the same sign."""
    asked, basis = draw_strengths(1), draw_basis(1)
    normal = np.random.RandomState(1).normal
    start = Network(0.1 * normal(size=(6, 6)), 0.1 * normal(size=(6, 6)))
    losses = []
    for share in (0.0, 0.1):
        pretrained = descend(start, mixture(general(asked), target(asked), share), basis, 0.1, 4000).network
        posttrained = descend(pretrained, target(asked), basis, 0.1, 5000, 1e-16)
        assert posttrained.converged
        tuned = descend(posttrained.network, downstream(asked, asked.contrary), basis, 0.05, 200).network
        losses.append(target(asked).loss(tuned.strengths(basis)))
    assert losses[1] < 0.8 * losses[0]


def test_the_command_prints_the_board_and_draws_it(study, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "run_study", lambda: study)
    command.main(["--figure", str(tmp_path / "theory.svg")])
    printed = capsys.readouterr().out
    assert "early against baseline: better" in printed
    assert "early against baseline: worse" in printed
    assert "target→akin" in (tmp_path / "theory.svg").read_text()
