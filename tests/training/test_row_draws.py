"""What is dropped of a row hangs on the row, the step and the place alone: not on how the batch is cut."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin._lora import LoRA
from earlyexp_bench.builtin.methods import DropoutParams, LoRAParams
from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import Method
from earlyexp_bench.training.order import random_bits
from earlyexp_bench.training.row_draws import ForwardDraws, row_words
from earlyexp_testing import tiny_context

CPU = torch.device("cpu")


class Watching(Method):
    """Notes which values of the embedding's output are dropped, row by row, pass by pass."""

    def __init__(self):
        super().__init__(None, tiny_context())
        self.dropped = []

    def prepare(self, model):
        model.get_input_embeddings().register_forward_hook(lambda module, _, output: self.note(module, output))

    def note(self, module, output):
        if module.training:
            self.dropped.extend(output.detach() == 0)


class Noise(Method):
    """Adds noise to the embedding's output by a function of torch."""

    def __init__(self, draw):
        super().__init__(None, tiny_context())
        self.draw = draw

    def prepare(self, model):
        model.get_input_embeddings().register_forward_hook(lambda _, __, output: output + 0.01 * self.draw(output))


@pytest.fixture
def four_rows(job):
    return replace(job, optimization=Optimization(learning_rate=1e-2, batch_tokens=64))


@pytest.fixture
def dropping(method_context):
    """Dropout in every place, and in adapters."""

    def methods():
        return [
            LoRA(LoRAParams(rank=2, dropout=0.3, targets=("projection",)), method_context),
            Dropout(DropoutParams(p=0.25), method_context),
            Watching(),
        ]

    return methods


def test_the_numbers_are_those_of_our_own_hash():
    words = row_words(("a", 1), [3, 9], 7, CPU)
    assert words.shape == (2, 7)
    for row, found in zip((3, 9), words, strict=True):
        expected = random_bits(4, "a", 1, row).view("int32")[:7]
        assert found.tolist() == expected.tolist()


def test_how_a_batch_is_cut_changes_no_mask(four_rows, trained, dropping):
    whole_methods = dropping()
    whole, outcome = trained(four_rows, whole_methods)
    assert 0.2 < torch.stack(whole_methods[-1].dropped).float().mean() < 0.3
    for size in (1, 2, 4):
        methods = dropping()
        weights, cut = trained(four_rows, methods, numerics=Numerics(micro_batch=size))
        assert torch.equal(torch.stack(methods[-1].dropped), torch.stack(whole_methods[-1].dropped))
        assert cut.loss == pytest.approx(outcome.loss, rel=1e-4)
        for name, tensor in whole.items():
            torch.testing.assert_close(weights[name], tensor, rtol=1e-3, atol=1e-4)


def test_rows_steps_and_places_are_dropped_apart(four_rows, trained, dropping):
    methods = dropping()
    trained(four_rows, methods)
    masks = methods[-1].dropped
    assert not any(torch.equal(one, other) for n, one in enumerate(masks) for other in masks[:n])


def test_a_second_pass_of_a_step_draws_the_same(four_rows, trained, dropping, method_context):
    class Twice(Method):
        def step(self, backward, apply):
            losses.append((float(backward()), float(backward())))
            apply()
            return torch.tensor(losses[-1][0])

    losses = []
    trained(four_rows, [*dropping(), Twice(None, method_context)])
    assert all(first == second for first, second in losses)
    assert len(losses) == 5


def test_dropping_by_row_drops_as_often_and_scales_as_much(method_context):
    values = torch.ones(4, 50, 100)
    draws = ForwardDraws((0, "pretrain", "forward"))
    found = draws.passed(0, range(4), lambda: functional.dropout(values, 0.3))
    assert found.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert float(found.mean()) == pytest.approx(1, abs=0.02)
    assert float(draws.passed(0, range(4), lambda: functional.dropout(values, 1.0)).abs().max()) == 0


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("masked", ["causal", "bool", "float"])
def test_attention_weights_that_are_not_dropped_attend_as_ever(grouped, masked):
    query = torch.randn(2, 4, 6, 8)
    key, value = torch.randn(2, 2, 2 if grouped else 4, 6, 8)
    seen = torch.ones(6, 6, dtype=torch.bool).tril()
    mask = {"causal": None, "bool": seen, "float": torch.zeros(6, 6).masked_fill(~seen, -torch.inf)}[masked]

    def attend(p):
        causal = masked == "causal"
        return functional.scaled_dot_product_attention(query, key, value, mask, p, causal, enable_gqa=grouped)

    draws = ForwardDraws((0, "pretrain", "forward"))
    torch.testing.assert_close(draws.passed(0, range(2), lambda: attend(1e-9)), attend(0.0))


def test_where_nothing_draws_passes_are_not_looked_into(four_rows, trained, monkeypatch):
    entered = []
    real = torch.overrides.TorchFunctionMode.__enter__
    monkeypatch.setattr(
        "earlyexp_bench.training.row_draws._RowDraws.__enter__", lambda mode: (entered.append(1), real(mode))[1]
    )
    _, outcome = trained(four_rows)
    assert (len(entered), outcome.steps) == (1, 5)


def test_what_starts_to_draw_later_is_drawn_by_row_as_well(four_rows, trained, dropping, method_context):
    class Late(Dropout):
        def prepare(self, model):
            pass

        def after_step(self, model, step):
            if step == 1:
                super().prepare(model)

        def unwrap(self, model):
            return model

    runs = [
        trained(four_rows, [Late(DropoutParams(p=0.3), method_context)], numerics=Numerics(micro_batch=size))[0]
        for size in (None, 1)
    ]
    for name, tensor in runs[0].items():
        torch.testing.assert_close(runs[1][name], tensor, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("draw", [torch.randn_like, lambda output: torch.randn(output.shape), torch.nn.Dropout1d(0.5)])
def test_what_draws_for_a_whole_batch_says_so_first(four_rows, trained, draw):
    with pytest.raises(UserError, match="draws random numbers for a whole batch") as caught:
        trained(four_rows, [Noise(draw)])
    assert "draws_per_batch = True" in caught.value.expected
    by_batch = Numerics(draws="by-batch")
    first, again = (trained(four_rows, [Noise(draw)], numerics=by_batch)[0] for _ in range(2))
    assert all(map(torch.equal, first.values(), again.values()))


def test_one_number_for_all_rows_may_be_drawn(four_rows, trained):
    def draw(output):
        return torch.rand([])

    whole, cut = (trained(four_rows, [Noise(draw)], numerics=Numerics(micro_batch=size))[0] for size in (None, 1))
    for name, tensor in whole.items():
        torch.testing.assert_close(cut[name], tensor, rtol=1e-3, atol=1e-4)
