"""Claims as a benchmark states them, on synthetic cells: each comes out each of the three ways."""

from dataclasses import replace

import numpy as np
import pytest

from earlyexp_bench.hooks import load_object
from earlyexp_bench.scoring import CURVE, RecipeTerms, score_board
from earlyexp_bench.scoring.claims import StatedClaim, judge_claim, pipeline_results
from earlyexp_claims import CLAIMS

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
NAMES = tuple(f"λ{fraction:g}" for fraction in FRACTIONS)
RATE = 2e-4
SEEDS = range(5)
DEFINITIONS = {definition.name: definition for definition in CLAIMS}
BENCHMARK = {"recipes": {name: {"exposure": {"fraction": f}} for name, f in zip(NAMES, FRACTIONS, strict=True)}}


def stated(name, **params):
    definition = DEFINITIONS[name]
    values = definition.Params.model_validate(params)
    heavy = load_object(definition.implementation)(values, BENCHMARK)
    return StatedClaim(name, definition.statement, tuple(definition.recipes(values).values()), heavy)


LAMBDA = {name: stated(name, recipes=NAMES, learning_rate=RATE) for name in ("R1", "R2", "R3")}
ADDITIONS = {name: stated(name, without="without", **{"with": "with"}) for name in ("R5a", "R5b", "R6")}
FRONTS = stated("R4", reference="without", exposed="with")


@pytest.fixture
def judged(terms, front):
    """Judge one claim; ``gains`` are nats retained more, ``moves`` nats of immediate loss, by recipe."""

    def judge(
        claim,
        gains,
        moves=None,
        change=lambda cell: cell,
        pipelines=("p",),
        seeds=SEEDS,
        recipes=(),
        settings=({},),
    ):
        plain = terms(seeds, pipelines)
        about = replace(
            plain,
            recipes=tuple(dict(recipes).get(name, RecipeTerms(name)) for name in gains),
            sweep=tuple(setting | point for setting in settings for point in plain.sweep),
            reference=next(iter(gains)),
            primary=list(gains)[-1],
        )
        cells = []
        for place, (name, gain) in enumerate(gains.items()):
            noise = np.random.default_rng(place).normal(0, 0.02, len(seeds))
            noise -= noise.mean()  # what is flat or at a border is so exactly
            for pipeline in pipelines:
                for seed, own in zip(seeds, noise, strict=True):
                    move = (moves or {}).get(name, 0.0) + own / 2
                    for cell in front(name, seed, gain + own, pipeline=pipeline):
                        loss = replace(cell.test, immediate=2.5 + move)
                        done = replace(cell, test=loss, validation=loss, converged=True)
                        cells += [replace(done, sweep=setting | cell.sweep) for setting in settings]
        cells = [changed for cell in cells if (changed := change(cell)) is not None]
        return judge_claim(claim, pipeline_results(score_board(about, cells), cells))

    return judge


def words(results, pipeline="p"):
    return [result.outcomes[pipeline].word for result in results]


def rising(end):
    return {name: end * fraction for name, fraction in zip(NAMES, FRACTIONS, strict=True)}


HUMP = dict(zip(NAMES, (0.0, 0.3, 0.3, 0.3, 0.0), strict=True))
FLAT = dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize(
    ("gains", "word"), [(rising(0.4), "supported"), (rising(-0.4), "contradicted"), (FLAT, "undecided")]
)
def test_r2_at_the_rate_and_at_matched_downstream_loss(judged, gains, word):
    results = judged(LAMBDA["R2"], gains)
    assert [result.reading for result in results] == ["at fine-tuning rate 0.0002", "at matched downstream loss"]
    assert words(results) == [word, word]


@pytest.mark.parametrize(("move", "word"), [(0.0, "supported"), (0.3, "contradicted"), (0.1, "undecided")])
def test_r1_is_judged_where_r2_holds(judged, move, word):
    assert words(judged(LAMBDA["R1"], rising(0.4), rising(move))) == [word, word]


def test_r1_is_undecided_without_r2_and_where_stage_two_did_not_converge(judged):
    without = judged(LAMBDA["R1"], FLAT)[0].outcomes["p"]
    assert (without.word, without.reason) == ("undecided", "asked only where R2 is supported, and R2 is undecided")
    for converged in (False, None):
        change = lambda c, told=converged: replace(c, converged=told if c.seed == 1 else True)  # noqa: E731
        short = judged(LAMBDA["R1"], rising(0.4), change=change)
        assert "ended before it converged in 20 cells" in short[0].outcomes["p"].reason


@pytest.mark.parametrize(("gains", "word"), [(HUMP, "supported"), (rising(0.4), "contradicted"), (FLAT, "undecided")])
def test_r3(judged, gains, word):
    assert words(judged(LAMBDA["R3"], gains)) == [word, word]


@pytest.mark.parametrize(("gain", "word"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_r4_in_either_view(judged, gain, word):
    def spread(cell):  # the pretraining loss rises with the rate, as a curve in that view needs
        loss = replace(cell.test, pretraining=4.0 + 1e3 * cell.sweep[CURVE])
        return replace(cell, test=loss)

    results = judged(FRONTS, {"without": 0.0, "with": gain}, change=spread)
    assert [result.reading for result in results] == [
        "retained against downstream loss",
        "retained against pretraining loss",
    ]
    assert words(results) == [word, word]


@pytest.mark.parametrize("claim", ["R5a", "R5b", "R6"])
@pytest.mark.parametrize(("gain", "word"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_additions_are_judged_by_their_hypervolume(judged, claim, gain, word):
    (result,) = judged(ADDITIONS[claim], {"without": 0.0, "with": gain})
    assert words([result]) == [word]
    assert np.sign(result.outcomes["p"].estimate.mean) == np.sign(gain) or gain == 0


def test_an_addition_on_a_sweep_limited_front_has_no_verdict(judged):
    def best_at_the_end(cell):
        loss = replace(cell.test, downstream=4.4) if cell.sweep[CURVE] == 1e-4 else cell.test
        return replace(cell, test=loss, validation=loss)

    (result,) = judged(ADDITIONS["R6"], {"without": 0.0, "with": 0.3}, change=best_at_the_end)
    outcome = result.outcomes["p"]
    assert outcome.word == "undecided"
    assert "an end of the values swept" in outcome.reason
    assert outcome.estimate is not None


@pytest.mark.parametrize("claim", [FRONTS, *ADDITIONS.values()], ids=lambda claim: claim.claim)
@pytest.mark.parametrize("bar", [{"disqualified": "over"}, {"oracle": True}], ids=["disqualified", "oracle"])
def test_no_verdict_rests_on_a_recipe_that_gets_none(judged, claim, bar):
    with_bar = {"with": RecipeTerms("with", **bar)}
    result, *_ = judged(claim, {"without": 0.0, "with": 0.3}, recipes=with_bar)
    assert result.outcomes["p"].word == "undecided"
    assert next(iter(bar)) in result.outcomes["p"].reason


def test_r4_reads_the_setting_of_post_training_that_validation_chooses(judged):
    def better_on_test_alone(cell):  # one setting is good on test and bad on validation
        if (cell.recipe, cell.sweep["posttraining.learning_rate"]) != ("with", 2.0):
            return cell
        test, validation = (replace(cell.test, retained=cell.test.retained + by) for by in (-0.3, 0.6))
        return replace(cell, test=test, validation=validation)

    gains, settings = {"without": 0.0, "with": 0.0}, [{"posttraining.learning_rate": rate} for rate in (1.0, 2.0, 3.0)]
    view, _ = judged(FRONTS, gains, change=better_on_test_alone, settings=settings)
    assert view.outcomes["p"].word == "undecided"
    assert abs(view.outcomes["p"].estimate.mean) < 0.05


FIRST_TWO = (
    stated("R4", reference=NAMES[0], exposed=NAMES[1]),
    stated("R6", without=NAMES[0], **{"with": NAMES[1]}),
)


@pytest.mark.parametrize("claim", [*LAMBDA.values(), *FIRST_TWO], ids=lambda claim: claim.claim)
def test_a_missing_cell_makes_its_pipeline_undecided_and_not_the_others(judged, claim):
    def lose(cell):
        return None if (cell.recipe, cell.pipeline, cell.seed) == (NAMES[1], "p", 3) else cell

    for result in judged(claim, rising(0.4), change=lose, pipelines=("p", "q")):
        assert result.outcomes["p"].word == "undecided"
        assert f"{NAMES[1]} is not complete: not run: seed 3" in result.outcomes["p"].reason
        assert result.outcomes["p"].estimate is None
        assert "not complete" not in result.outcomes["q"].reason


def test_a_diverged_cell_is_not_averaged_over(judged):
    def diverge(cell):
        return replace(cell, status="diverged", test=None, validation=None) if cell.seed == 3 else cell

    outcome = judged(LAMBDA["R2"], rising(0.4), change=diverge)[0].outcomes["p"]
    assert outcome.word == "undecided"
    assert "for every seed" in outcome.reason


def test_below_five_seeds_everything_is_undecided(judged):
    for claim in LAMBDA.values():
        for result in judged(claim, rising(0.4), seeds=range(4)):
            assert result.outcomes["p"].word == "undecided"


def test_losses_that_nobody_measured_are_no_evidence(judged):
    def unmeasured(cell):
        return replace(cell, test=replace(cell.test, immediate=None))

    outcome = judged(LAMBDA["R1"], rising(0.4), change=unmeasured)[0].outcomes["p"]
    assert outcome.word == "undecided"
