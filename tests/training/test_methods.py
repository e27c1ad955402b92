"""Every point of a method: that it is called, when, and how several compose."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from earlyexp_bench.builtin._dropout import Dropout
from earlyexp_bench.builtin.methods import DropoutParams
from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stages import Optimization
from earlyexp_bench.training import Method, MethodStack, planned_by, train


class Diary(Method):
    """Writes down every call."""

    def __init__(self, context, calls, name):
        super().__init__(None, context)
        self.calls, self.name = calls, name

    def note(self, point):
        self.calls.append(f"{self.name}.{point}")

    def mixture(self, mixture):
        self.note("mixture")
        return mixture

    def wrap(self, model):
        self.note("wrap")
        return model

    def prepare(self, model):
        self.note("prepare")

    def sample_weights(self, batch):
        self.note("sample_weights")

    def penalty(self, model):
        self.note("penalty")

    def after_step(self, model, step):
        self.note(f"after_step {step}")

    def unwrap(self, model):
        self.note("unwrap")
        return model


class Doubled(Method):
    def sample_weights(self, batch):
        return torch.full((len(batch.ids),), 2.0)


class Ignoring(Method):
    """Gives weight 0 to samples whose second token is odd."""

    def sample_weights(self, batch):
        return (batch.ids[:, 1] % 2 == 0).float()


class Shrink(Method):
    replaces_weight_decay = True

    def penalty(self, model):
        return 0.5 * sum((p**2).sum() for p in model.parameters())


class TwoPasses(Method):
    """Throws the first gradient away, as SAM does, with nothing perturbed."""

    def prepare(self, model):
        self.model = model

    def step(self, backward, apply):
        first = backward()
        self.model.zero_grad()
        second = backward()
        assert torch.equal(first, second)
        apply()
        return second


class Average(Method):
    """Running sum of one weight, to be saved with checkpoints."""

    def prepare(self, model):
        self.total = torch.zeros(1)

    def after_step(self, model, step):
        self.total += next(model.parameters()).sum()

    def state_dict(self):
        return {"total": self.total}

    def load_state_dict(self, tensors):
        self.total = tensors["total"]


class Branch(Method):
    def outputs(self, start, final):
        return {"half": {name: (start[name] + final[name]) / 2 for name in final}}


def plain_sgd(monkeypatch):
    """One step of plain gradient descent, so that gradients can be read from weights."""

    def build(model, optimization, numerics, **_):
        return torch.optim.SGD(model.parameters(), lr=optimization.learning_rate)

    monkeypatch.setattr("earlyexp_bench.training.loop.build_optimizer", build)


def one_step(job, rows=2, rate=1e-3):
    rule = Optimization(learning_rate=rate, batch_tokens=32, warmup_fraction=0, gradient_clip=1e9)
    return replace(job, mixture=replace(job.mixture, order=job.mixture.order[:rows]), optimization=rule)


def test_points_are_called_in_order_and_composed(job, make_model, method_context):
    calls = []
    stack = MethodStack([(name, Diary(method_context, calls, name)) for name in "ab"])
    job = one_step(job, rows=4)
    job = replace(job, mixture=stack.mixture(job.mixture), numerics=Numerics(micro_batch=1))
    model = stack.wrap(make_model())
    stack.prepare(model)
    train(job, model, stack)
    stack.unwrap(model)
    step = ["a.sample_weights", "b.sample_weights"] * 2 + ["a.penalty", "b.penalty"]
    before = ["a.mixture", "b.mixture", "a.wrap", "b.wrap", "a.prepare", "b.prepare"]
    # The penalty goes with the last micro-batch, so that its gradient is counted once.
    first = [*step, "a.after_step 0", "b.after_step 0"]
    second = [*step, "a.after_step 1", "b.after_step 1"]
    assert calls == [*before, *first, *second, "b.unwrap", "a.unwrap"]


def test_sample_weights_multiply(job, trained, make_model, method_context, monkeypatch):
    plain_sgd(monkeypatch)
    start = dict(make_model().named_parameters())
    once, _ = trained(one_step(job))
    weights = [Doubled(None, method_context), Doubled(None, method_context)]
    four_times, _ = trained(one_step(job), weights)
    for name in once:
        torch.testing.assert_close(four_times[name] - start[name], 4 * (once[name] - start[name]), rtol=1e-2, atol=1e-6)


def test_sample_weights_do_not_change_the_denominator(job, make_model, method_context, trained, monkeypatch):
    plain_sgd(monkeypatch)
    job = one_step(job, rows=2)
    even = job.mixture.batch(0, 2)[0][:, 1] % 2 == 0
    order = job.mixture.order.copy()
    if even.all() or not even.any():
        parity = job.mixture.sources["downstream"].ids[:][:, 1] % 2
        order[:, 1] = [np.flatnonzero(parity == 0)[0], np.flatnonzero(parity == 1)[0]]
    job = replace(job, mixture=replace(job.mixture, order=order))
    even = job.mixture.batch(0, 2)[0][:, 1] % 2 == 0
    start = dict(make_model().named_parameters())
    both, _ = trained(job, [Ignoring(None, method_context)])
    alone, _ = trained(replace(job, mixture=replace(job.mixture, order=order[even])))
    for name in both:
        expected = (alone[name] - start[name]) / 2
        torch.testing.assert_close(both[name] - start[name], expected, rtol=1e-2, atol=1e-6)


def test_penalties_add_to_the_mean_loss_once_a_step(job, trained, make_model, method_context, monkeypatch):
    plain_sgd(monkeypatch)
    job = replace(one_step(job), numerics=Numerics(micro_batch=1))
    start = dict(make_model().named_parameters())
    without, _ = trained(job)
    with_two, outcome = trained(job, [Shrink(None, method_context), Shrink(None, method_context)])
    for name in without:
        # The only step is the last one, at a tenth of the peak rate.
        expected = without[name] - 2 * 1e-4 * start[name]
        torch.testing.assert_close(with_two[name], expected, rtol=1e-6, atol=1e-7)
    assert outcome.loss == pytest.approx(trained(job)[1].loss)


def test_a_penalty_may_stand_in_for_weight_decay(job, trained, method_context):
    class Nothing(Method):
        replaces_weight_decay = True

    decayed, _ = trained(job)
    free, _ = trained(job, [Nothing(None, method_context)])
    none, _ = trained(job, optimization=job.optimization.model_copy(update={"weight_decay": 0.0}))
    assert all(torch.equal(free[name], none[name]) for name in free)
    assert not all(torch.equal(free[name], decayed[name]) for name in free)


@pytest.mark.parametrize("micro_batch", [None, 1])
def test_a_step_may_go_back_over_the_global_batch(job, trained, method_context, micro_batch):
    job = replace(job, numerics=Numerics(micro_batch=micro_batch))
    dropout = [Dropout(DropoutParams(p=0.2), method_context) for _ in range(2)]
    usual, _ = trained(job, dropout[:1])
    twice, _ = trained(job, [TwoPasses(None, method_context), dropout[1]])
    assert all(torch.equal(usual[name], twice[name]) for name in usual)


def test_two_steps_in_one_stage_are_refused_by_name(method_context):
    methods = [("x/sam", TwoPasses(None, method_context)), ("y/asam", TwoPasses(None, method_context))]
    with pytest.raises(UserError, match=r"x/sam and y/asam both override `step`"):
        MethodStack(methods)
    with pytest.raises(UserError, match="both override `outputs`"):
        MethodStack([("a", Branch(None, method_context)), ("b", Branch(None, method_context))])


def test_method_state_survives_a_kill(job, method_context, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)
    whole = Average(None, method_context)
    trained(job, [whole])
    saving = replace(job, checkpoint_directory=tmp_path, checkpoint_seconds=0)

    def kill(progress):
        if progress["step"] == 6:
            raise KeyboardInterrupt

    killed, resumed = Average(None, method_context), Average(None, method_context)
    with pytest.raises(KeyboardInterrupt):
        trained(saving, [killed], report=kill)
    trained(saving, [resumed])
    assert torch.equal(resumed.total, whole.total)


def test_a_method_draws_the_same_numbers_whoever_else_is_there(method_context):
    drawn = {}

    class Draws(Method):
        def wrap(self, model):
            drawn.setdefault(self.params, []).append(torch.rand(()).item())
            return model

    for names in (["a"], ["b", "a"]):
        MethodStack([(name, Draws(name, method_context)) for name in names]).wrap(None)
    assert drawn["a"][0] == drawn["a"][1] != drawn["b"][0]


class Rates(Method):
    """Sets the learning rate of the parameters whose names hold a word, or all named ones."""

    def __init__(self, context, **factors):
        super().__init__(None, context)
        self.factors = factors

    def learning_rates(self, model):
        names = [name for name, _ in model.named_parameters()]
        return {name: factor for word, factor in self.factors.items() for name in names if word in name}


def changed(found, start):
    return {name for name, tensor in found.items() if not torch.equal(tensor, start[name])}


def test_a_learning_rate_may_be_set_for_each_parameter(job, trained, make_model, method_context):
    start = dict(make_model().named_parameters())
    job = one_step(job, rate=1e-3)
    usual, _ = trained(job)
    found, _ = trained(job, [Rates(method_context, embed_tokens=0.25, norm=0.0)])
    for name, weight in start.items():
        factor = 0.25 if "embed" in name else 0.0 if "norm" in name else 1.0
        torch.testing.assert_close(found[name] - weight, factor * (usual[name] - weight), rtol=1e-2, atol=1e-8)
    assert changed(usual, start) == set(start)


def test_rates_of_several_methods_multiply_and_follow_the_schedule(job, trained, method_context):
    halves = [Rates(method_context, weight=0.5), Rates(method_context, weight=0.5)]
    found, _ = trained(job, halves)
    slower = job.optimization.model_copy(update={"learning_rate": job.optimization.learning_rate / 4})
    expected, _ = trained(job, optimization=slower)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_factors_of_one_change_no_bit(job, trained, method_context):
    plain, _ = trained(job)
    found, _ = trained(job, [Rates(method_context, weight=1.0)])
    assert all(torch.equal(found[name], plain[name]) for name in plain)


def test_rates_stay_with_their_parameters_over_a_kill(job, method_context, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("earlyexp_bench.training.loop.REPORT_SECONDS", 0)
    make = lambda: [Rates(method_context, q_proj=3.0, norm=0.1, embed=0.5)]  # noqa: E731 - fresh objects for each run
    whole, _ = trained(job, make())
    saving = replace(job, checkpoint_directory=tmp_path, checkpoint_seconds=0)

    def kill(progress):
        if progress["step"] == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(saving, make(), report=kill)
    resumed, _ = trained(saving, make())
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_a_tied_parameter_goes_by_both_of_its_names(make_model, method_context):
    class Tied(Method):
        def learning_rates(self, model):
            return self.params

    def factors(**named):
        stack = MethodStack([("test/tied", Tied({k.replace("__", "."): v for k, v in named.items()}, method_context))])
        return stack.learning_rates(model)

    model = make_model()
    assert factors(lm_head__weight=0.5) == factors(model__embed_tokens__weight=0.5, lm_head__weight=0.5)
    with pytest.raises(UserError, match=r"test/tied: .*gives two factors to 'lm_head\.weight', which is tied"):
        factors(model__embed_tokens__weight=0.5, lm_head__weight=0.25)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"model.norm.wieght": 0.5}, r"'model\.norm\.wieght', which is no parameter(.|\n)*'model\.norm\.weight'\?"),
        ({"nothing like it": 0.5}, "model.named_parameters"),
        ({"model.norm.weight": -0.5}, r"'model\.norm\.weight' the factor -0\.5(.|\n)*0 or more"),
        ({"model.norm.weight": float("nan")}, "factor nan"),
        ({"model.norm.weight": float("inf")}, "factor inf"),
        ({"model.norm.weight": "fast"}, "factor 'fast'"),
        ({"model.norm.weight": None}, "factor None"),
    ],
)
def test_a_rate_that_is_none_is_refused_with_the_method_and_the_name(job, trained, method_context, named, said):
    class Wrong(Method):
        def learning_rates(self, model):
            return named

    with pytest.raises(UserError, match=f"Wrong: `learning_rates` (.|\n)*{said}"):
        trained(job, [Wrong(None, method_context)])


def test_a_method_knows_how_long_its_stage_is_with_what_others_add(job, make_model, make_sequences, method_context):
    class Asks(Method):
        def mixture(self, mixture):
            before.append(self.context.planned.steps)
            return mixture

        def wrap(self, model):
            after.append(self.context.planned)
            return model

    class Adds(Method):
        def mixture(self, mixture):
            return mixture.with_rows("general", make_sequences(64), np.arange(4), np.arange(4))

    before, after = [], []
    context = replace(method_context, planned=planned_by(job.mixture, "finetune", job.optimization.batch_tokens))
    stack = MethodStack([("asks", Asks(None, context)), ("adds", Adds(None, context))])
    longer = stack.mixture(job.mixture)
    stack.wrap(None)
    outcome = train(replace(job, mixture=longer), make_model(), MethodStack([]))
    assert before == [10]
    assert (after[0].steps, after[0].context, after[0].batch_tokens) == (outcome.steps, 16, 32) == (12, 16, 32)
    assert after[0].tokens == sum(longer.tokens().values()) == 320 + 64
