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


LAMBDA = {name: stated(name, recipes=NAMES) for name in ("R1", "R2", "R3")}
AT_RATE = {name: stated(name, recipes=NAMES, learning_rate=RATE) for name in ("R1", "R2", "R3")}
ADDITIONS = {name: stated(name, without="without", **{"with": "with"}) for name in ("R5a", "R5b", "R6")}
PAIRS = {"R0": stated("R0", control="without", exposed="with"), **ADDITIONS}
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
@pytest.mark.parametrize(("claims", "read"), [(LAMBDA, "in matched loss"), (AT_RATE, "at fine-tuning rate 0.0002")])
def test_r2_is_read_in_matched_loss_or_at_the_rate_that_the_benchmark_names(judged, claims, read, gains, word):
    (result,) = judged(claims["R2"], gains)
    assert result.reading == read
    assert words([result]) == [word]


@pytest.mark.parametrize(("move", "word"), [(0.0, "supported"), (0.3, "contradicted"), (0.1, "undecided")])
@pytest.mark.parametrize("claims", [LAMBDA, AT_RATE])
def test_r1_is_judged_where_r2_holds(judged, claims, move, word):
    assert words(judged(claims["R1"], rising(0.4), rising(move))) == [word]


def test_r1_is_undecided_without_r2(judged):
    without = judged(LAMBDA["R1"], FLAT)[0].outcomes["p"]
    assert (without.word, without.reason) == ("undecided", "asked only where R2 is supported, and R2 is undecided")


@pytest.mark.parametrize(("gains", "word"), [(HUMP, "supported"), (rising(0.4), "contradicted"), (FLAT, "undecided")])
@pytest.mark.parametrize("claims", [LAMBDA, AT_RATE])
def test_r3(judged, claims, gains, word):
    (result,) = judged(claims["R3"], gains)
    assert words([result]) == [word]
    assert len(result.outcomes["p"].parts) == 6


def test_what_is_drawn_against_lambda_is_what_is_tested(judged):
    for claims, shift in ((LAMBDA, 3.1 + 3.2 + 3.8), (AT_RATE, 3 * 3.2)):
        immediate, retained = judged(claims["R2"], rising(0.4))[0].curves
        assert [point.x for point in retained.points] == list(FRACTIONS)
        means = [point.estimate.mean for point in retained.points]
        assert means == pytest.approx([shift / 3 - 0.4 * fraction for fraction in FRACTIONS], abs=1e-6)
        assert len(immediate.points) == len(FRACTIONS)


@pytest.mark.parametrize(("gain", "word"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_r4_at_each_level(judged, gain, word):
    (result,) = judged(FRONTS, {"without": 0.0, "with": gain})
    outcome = result.outcomes["p"]
    assert (result.reading, outcome.word) == ("at each level of downstream loss", word)
    assert [part.mean for part in outcome.parts.values()] == pytest.approx([gain] * 3, abs=0.05)


def test_r4_is_undecided_where_both_sides_have_forgotten_all(judged):
    def forgotten(cell):  # beyond the second level nothing is left, whatever the recipe
        lost = cell.sweep[CURVE] > 2e-4
        loss = replace(cell.test, retained=9.0) if lost else cell.test
        return replace(cell, test=loss, validation=loss)

    def gone(cell):
        return forgotten(replace(cell, test=replace(cell.test, retained=9.0)) if cell.sweep[CURVE] == 2e-4 else cell)

    outcome = judged(FRONTS, {"without": 0.0, "with": 0.3}, change=gone)[0].outcomes["p"]
    assert outcome.word == "undecided"
    assert (
        "at level 2 (5.00 nats) both recipes stand at the unigram loss in 100% of seeds: not tested" in outcome.reason
    )
    assert judged(FRONTS, {"without": 0.0, "with": 0.3}, change=forgotten)[0].outcomes["p"].word == "supported"


@pytest.mark.parametrize("claim", PAIRS)
@pytest.mark.parametrize(("gain", "word"), [(0.3, "supported"), (-0.3, "contradicted"), (0.0, "undecided")])
def test_pairs_are_judged_by_their_gain_in_matched_loss(judged, claim, gain, word):
    (result,) = judged(PAIRS[claim], {"without": 0.0, "with": gain})
    assert words([result]) == [word]
    assert result.outcomes["p"].estimate.mean == pytest.approx(gain, abs=0.05)


@pytest.mark.parametrize("claim", [FRONTS, *PAIRS.values()], ids=lambda claim: claim.claim)
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
    (result,) = judged(FRONTS, gains, change=better_on_test_alone, settings=settings)
    assert result.outcomes["p"].word == "undecided"
    assert abs(result.outcomes["p"].estimate.mean) < 0.05


def learned(cell, seeds):
    """Of some seeds the gentlest rate has already learned more than the first level."""
    if cell.recipe != "with" or cell.seed not in seeds or cell.sweep[CURVE] > 1e-4:
        return cell
    loss = replace(cell.test, downstream=5.2)
    return replace(cell, test=loss, validation=loss)


@pytest.mark.parametrize("claim", [FRONTS, *PAIRS.values()], ids=lambda claim: claim.claim)
def test_where_a_level_is_passed_at_the_gentlest_rate_there_is_no_verdict(judged, claim):
    gains = {"without": 0.0, "with": 0.3}
    seeds = range(20)
    few, many = (judged(claim, gains, change=lambda c, n=n: learned(c, range(n)), seeds=seeds)[0] for n in (2, 3))
    assert few.outcomes["p"].word == "supported"
    assert many.outcomes["p"].word == "undecided"
    assert "with " in many.outcomes["p"].reason


def test_claims_compare_recipes_of_equally_many_tries(judged):
    settings = [{"posttraining.learning_rate": rate} for rate in (1.0, 2.0)]

    def moved(cell):
        second = cell.recipe == "with" and cell.sweep["posttraining.learning_rate"] == 2.0
        loss = replace(cell.test, retained=cell.test.retained + 0.01 * second)
        return replace(cell, test=loss, validation=loss)

    (result,) = judged(PAIRS["R6"], {"without": 0.0, "with": 0.3}, change=moved, settings=settings)
    assert "unequal tries: stage-2 runs a seed: without 1, with 2" in result.outcomes["p"].reason


def test_a_diverged_run_counts_the_unigram_loss_for_its_seed(judged):
    def diverge(cell):
        return replace(cell, status="diverged", test=None, validation=None) if place(cell) == ("with", 3) else cell

    outcome = judged(PAIRS["R6"], {"without": 0.0, "with": 0.3}, change=diverge)[0].outcomes["p"]
    assert outcome.estimate.n == 5
    assert outcome.estimate.mean == pytest.approx((4 * 0.3 - (5.0 - (3.1 + 3.2 + 3.8) / 3)) / 5, abs=0.02)


def place(cell):
    return cell.recipe, cell.seed


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


def test_at_one_rate_a_diverged_cell_is_not_averaged_over(judged):
    def diverge(cell):
        return replace(cell, status="diverged", test=None, validation=None) if cell.seed == 3 else cell

    outcome = judged(AT_RATE["R2"], rising(0.4), change=diverge)[0].outcomes["p"]
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
