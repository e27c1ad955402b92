"""Budgets, exposure, passes: what a stage will train on."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.stages import ExposureInput, general_stream_tokens
from earlyexp_bench.training import (
    finetuning_mixture,
    load_split,
    pack,
    posttraining_mixture,
    pretraining_mixture,
    save_tokens,
)


def rows_of(mixture, source):
    number = list(mixture.sources).index(source)
    return mixture.order[mixture.order[:, 0] == number, 1]


def mixed(general, target, exposure, seed):
    return pretraining_mixture({"general": general, "target": target}, 1600, exposure, seed)


def exposure(fraction, **changes):
    return ExposureInput(target_tokens=320, fraction=fraction, **changes)


@pytest.fixture(scope="module")
def general(make_sequences):
    return make_sequences(1600, role="general")


@pytest.fixture(scope="module")
def target(make_sequences):
    return make_sequences(312, role="target")


def test_packing_keeps_every_token_of_every_document(make_split):
    split = make_split(documents=12)
    pool = len(split.ids) + 12
    packed = pack(split, tokens=pool, context=16, seed=3, role="target")
    stream = packed.ids[:].flatten()[:pool]
    documents = [tuple(part) for part in np.split(stream, np.flatnonzero(stream == 0))[1:]]
    expected = [(0, *split.ids[a:b]) for a, b in zip(split.offsets[:-1], split.offsets[1:], strict=True)]
    assert documents != expected
    assert sorted(documents) == sorted(expected)


@given(tokens=st.integers(1, 700), context=st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_budgets_are_exact(make_split, tokens, context):
    split = make_split(documents=60)
    packed = pack(split, tokens=tokens, context=context, seed=0, role="general")
    assert packed.lengths.sum() == tokens
    assert (packed.lengths[:-1] == context).all()
    scored = packed.scored[:]
    assert not scored[:, 0].any()
    assert scored.sum() == tokens - packed.count


def test_a_larger_budget_begins_as_a_smaller_one(make_split):
    split = make_split()
    small, large = (pack(split, tokens=n, context=16, seed=0, role="target") for n in (160, 320))
    assert np.array_equal(large.ids[:10], small.ids[:])


@pytest.mark.parametrize("loss_on", ["text", "answer"])
def test_rows_read_alone_in_any_order_or_from_disk_are_those_of_the_whole(make_split, tmp_path, loss_on):
    split = replace(make_split(documents=30), end_token=70_000)
    save_tokens(tmp_path, {"train": split})
    options = {"tokens": 700, "context": 16, "seed": 0, "role": "general", "loss_on": loss_on, "repeats": 3}
    whole, mapped = pack(split, **options), pack(load_split(tmp_path, "train"), **options)
    ids, scored = whole.ids[:], whole.scored[:]
    assert (ids == 70_000).sum() > 30
    for rows in ([43, 0, 7, 7], slice(40, None), np.arange(44) % 3 == 1):
        assert np.array_equal(mapped.ids[rows], ids[rows])
        assert np.array_equal(mapped.scored[rows], scored[rows])
    assert np.array_equal(mapped.ids[5], ids[5])


def test_only_answers_and_the_end_after_them_are_trained_on(make_split):
    split = make_split(documents=5)
    packed = pack(split, tokens=60, context=60, seed=0, role="downstream", loss_on="answer")
    ids, scored = packed.ids[0], packed.scored[0]
    starts = np.flatnonzero(ids == 0)
    for number, first in enumerate(starts[:-1]):
        length = starts[number + 1] - first - 1
        prompt = length // 2
        assert not scored[first + 1 : first + 1 + prompt].any()
        assert scored[first + 1 + prompt : first + 1 + length].all()
    assert scored[starts[1:]].all()


def test_a_pool_that_is_too_small_says_by_how_much(make_split):
    split = make_split(documents=10)
    pool = len(split.ids) + 10
    with pytest.raises(UserError, match=rf"{pool + 1:,} downstream tokens are asked for, one pass .* give {pool:,}"):
        pack(split, tokens=pool + 1, context=16, seed=0, role="downstream")
    assert pack(split, tokens=2 * pool, context=16, seed=0, role="downstream", repeats=2).lengths.sum() == 2 * pool


@pytest.mark.parametrize("placement", ["uniform", "early", "late"])
def test_the_kth_general_sequence_is_the_same_in_every_recipe(general, target, placement):
    plain = rows_of(mixed(general, None, None, 0), "general")
    for fraction in (0.25, 1.0):
        added = mixed(general, target, exposure(fraction, placement=placement), 0)
        assert np.array_equal(rows_of(added, "general"), plain)
        replaced = mixed(general, target, exposure(fraction, placement=placement, mode="replace"), 0)
        kept = rows_of(replaced, "general")
        assert np.array_equal(kept, plain[: len(kept)])
        assert replaced.rows == len(plain)


def test_exposures_are_nested_and_the_remainder_is_their_complement(general, target):
    exposed = {
        fraction: set(rows_of(mixed(general, target, exposure(fraction), 0), "target").tolist())
        for fraction in (0.1, 0.25, 0.5, 0.75, 1.0)
    }
    sets = list(exposed.values())
    assert all(small < large for small, large in itertools.pairwise(sets))
    for fraction, seen in exposed.items():
        if fraction < 1:
            left = rows_of(posttraining_mixture(target, (fraction, 1.0), None, 0), "target").tolist()
            assert len(left) + len(seen) == target.count
            assert seen.isdisjoint(left)


def test_nothing_left_to_post_train_on_is_said(target):
    with pytest.raises(UserError, match="nothing of D_post is left"):
        posttraining_mixture(target, (1.0, 1.0), None, 0)


def test_placement_is_where_it_says(general, target):
    where = {}
    for placement in ("uniform", "early", "late"):
        mixture = mixed(general, target, exposure(1.0, placement=placement), 0)
        where[placement] = np.flatnonzero(mixture.order[:, 0] == 1) / mixture.rows
    assert where["early"].max() < 0.26
    assert where["late"].min() > 0.74
    assert abs(where["uniform"].mean() - 0.5) < 0.05


def test_repeats_show_the_exposed_share_so_often(general, target):
    mixture = mixed(general, target, exposure(0.5, repeats=3), 0)
    indices, counts = np.unique(rows_of(mixture, "target"), return_counts=True)
    assert (counts == 3).all()
    assert len(indices) == 10


def test_passes_over_the_target_differ_in_order_until_the_cap(target):
    mixture = posttraining_mixture(target, (0.0, 1.0), 1000, 0)
    passes = [mixture.order[i : i + target.count, 1] for i in range(0, 60, target.count)]
    assert all(sorted(one) == list(range(target.count)) for one in passes)
    assert passes[0].tolist() != passes[1].tolist() != passes[2].tolist()
    assert 1000 - 16 < mixture.tokens()["target"] <= 1000


def test_fine_tuning_visits_every_sequence_once_with_the_short_one_last(make_sequences):
    sequences = make_sequences(330)
    mixture = finetuning_mixture(sequences, 0)
    assert sorted(mixture.order[:, 1]) == list(range(sequences.count))
    assert mixture.lengths[-1] == 330 % 16
    assert mixture.order[:, 1].tolist() != list(range(sequences.count))


def test_batches_hold_what_the_order_says(general, target):
    mixture = mixed(general, target, exposure(1.0), 0)
    ids, scored = mixture.batch(0, mixture.rows)
    names = list(mixture.sources)
    for row, (source, index) in enumerate(mixture.order):
        sequences = mixture.sources[names[source]]
        assert np.array_equal(ids[row], sequences.ids[index])
        assert np.array_equal(scored[row], sequences.scored[index])
    assert mixture.tokens() == {"general": 1600, "target": 312}


@pytest.mark.parametrize("placement", ["uniform", "late"])
def test_the_control_that_trains_longer_goes_on_with_general_text_where_the_target_would_stand(
    make_sequences, general, target, placement
):
    control = exposure(0.5, source="general", placement=placement)
    more = make_sequences(general_stream_tokens(1600, control, 16), role="general")
    longer = pretraining_mixture({"general": more}, 1600, control, 0)
    early = mixed(general, target, exposure(0.5, placement=placement), 0)
    extra = longer.order[:, 1] >= general.count
    assert longer.rows == early.rows
    assert np.array_equal(extra, early.order[:, 0] == 1)
    assert np.array_equal(longer.order[~extra, 1], rows_of(early, "general"))
    assert sorted(longer.order[extra, 1]) == list(range(general.count, more.count))


def test_a_placebo_stands_where_the_target_would(make_sequences, general, target):
    other = make_sequences(312, role="placebo")
    control = exposure(1.0, source="placebo")
    placebo = pretraining_mixture({"general": general, "placebo": other}, 1600, control, 0)
    assert np.array_equal(placebo.order, mixed(general, target, exposure(1.0), 0).order)
    assert placebo.tokens() == {"general": 1600, "placebo": 312}


@given(fraction=st.floats(0.05, 1), repeats=st.integers(1, 3), mode=st.sampled_from(["add", "replace"]))
@settings(max_examples=30, deadline=None)
def test_an_exposure_trains_on_as_many_sequences_as_it_says(general, target, fraction, repeats, mode):
    exposed = ExposureInput(target_tokens=312, fraction=fraction, repeats=repeats, mode=mode)
    amount = exposed.amount(16)
    mixture = mixed(general, target, exposed, 0)
    rows = rows_of(mixture, "target")
    assert len(rows) == amount.rows
    assert sorted(set(rows.tolist())) == list(range(amount.exposed))
    assert abs(mixture.tokens()["target"] - amount.tokens) <= repeats * 16
