"""Tokens that a method trains on beside the order are counted by the stream they were read from."""

from dataclasses import replace

import numpy as np
import torch

from earlyexp_bench.training import Method, MethodStack, MethodTokens, row_losses, train


class Gathers(Method):
    """Adds the gradient of rows of its own to every step."""

    def prepare(self, model):
        self.model = model
        self.ids = torch.from_numpy(self.rows().astype(np.int64))

    def step(self, backward, apply):
        loss = backward()
        row_losses(self.model, self.ids, torch.ones_like(self.ids, dtype=torch.bool))[0].mean().backward()
        apply()
        return loss


class FromStream(Gathers):
    def rows(self):
        return self.context.tokens["general"].ids[:2]


class FromNowhere(Gathers):
    def rows(self):
        return np.ones((2, self.context.tokens["general"].ids.shape[1]), dtype=np.int64)


class LooksOnly(FromStream):
    """Losses without gradients, and gradients before the first step."""

    def prepare(self, model):
        super().prepare(model)
        row_losses(model, self.ids, torch.ones_like(self.ids, dtype=torch.bool))[0].mean().backward()
        model.zero_grad()

    def step(self, backward, apply):
        with torch.no_grad():
            self.model(input_ids=self.ids)
        loss = backward()
        apply()
        return loss


class Twice(Method):
    """The batch again, as SAM."""

    def step(self, backward, apply):
        backward()
        loss = backward()
        apply()
        return loss


def counted(job, model, make, context):
    method_tokens = MethodTokens()
    other = replace(
        job.mixture.sources[job.mixture.main], ids=np.asarray(job.mixture.sources[job.mixture.main].ids) + 1
    )
    given = {"general": method_tokens.given("general", other)}
    stack = MethodStack([("own", make(None, replace(context, tokens=given)))])
    stack.prepare(model)
    outcome = train(replace(job, method_tokens=method_tokens, checkpoint_directory=None), model, stack)
    return dict(outcome.method_tokens), 2 * outcome.steps * job.mixture.context


def test_rows_that_get_a_gradient_in_a_step_count_by_their_stream(job, make_model, method_context):
    found, expected = counted(job, make_model(), FromStream, method_context)
    assert found == {"general": expected}


def test_rows_of_no_stream_count_as_others(job, make_model, method_context):
    found, expected = counted(job, make_model(), FromNowhere, method_context)
    assert found == {"other": expected}


def test_looking_and_passing_the_batch_twice_are_no_further_tokens(job, make_model, method_context):
    assert counted(job, make_model(), LooksOnly, method_context)[0] == {}
    assert counted(job, make_model(), Twice, method_context)[0] == {}
