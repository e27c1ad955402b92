"""Heavy halves: small methods that work, and what is wrong with each of the others."""

import contextlib
import copy
import itertools
import os
import time
import urllib.request

import numpy as np
import requests
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from earlyexp_bench.training import Method, generator_seed


class SoundPenalty(Method):
    """Pulls to the start."""

    def prepare(self, model):
        self.anchors = [(p, p.detach().clone()) for p in model.parameters() if p.requires_grad]

    def penalty(self, model):
        return self.params.strength * torch.stack([(p - a).square().sum() for p, a in self.anchors]).sum()


class SoundRates(Method):
    """Trains lower layers more slowly, the embedding most of all."""

    def learning_rates(self, model):
        return {name: self.factor(name) for name, _ in model.named_parameters()}

    def factor(self, name):
        return 0.25 if "embed" in name else 0.5 if ".layers.0." in name else 1.0


class UnknownRate(Method):
    def learning_rates(self, model):
        return {"model.layers.7.mlp.up_proj.weight": 0.5}


class RatesByClock(SoundRates):
    def factor(self, name):
        return 1 + time.time_ns() % 997 / 997


class DrawsInRates(SoundRates):
    def factor(self, name):
        return 0.5 + torch.rand(()).item()


class Adapter(torch.nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base
        self.update = torch.nn.Parameter(torch.zeros_like(base.weight))

    def forward(self, inputs):
        return torch.nn.functional.linear(inputs, self.base.weight + self.update)


class SoundAdapter(Method):
    """Trains an update of each o_proj and merges it."""

    def wrap(self, model):
        model.requires_grad_(False)
        for layer in model.model.layers:
            layer.self_attn.o_proj = Adapter(layer.self_attn.o_proj)
        return model

    def unwrap(self, model):
        for layer in model.model.layers:
            adapter = layer.self_attn.o_proj
            self.merge(adapter)
            layer.self_attn.o_proj = adapter.base
        return model

    def merge(self, adapter):
        adapter.base.weight.data += adapter.update.data


class SoundAverage(Method):
    """Ends with an average of the weights along the way."""

    def prepare(self, model):
        self.average = {name: p.detach().clone() for name, p in model.named_parameters()}

    def after_step(self, model, step):
        for name, parameter in model.named_parameters():
            self.average[name].lerp_(parameter.detach(), 0.3)

    def unwrap(self, model):
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(self.average[name])
        return model

    def state_dict(self):
        return self.average

    def load_state_dict(self, tensors):
        self.average = {name: tensor.clone() for name, tensor in tensors.items()}


class SoundOutputs(Method):
    def outputs(self, start, final):
        return {"half": {name: torch.lerp(start[name], final[name], 0.5) for name in final}, "whole": final}


class SoundTwoPasses(Method):
    """Takes the gradient beside the start of each step, as its cost says."""

    def prepare(self, model):
        self.parameters = [p for p in model.parameters() if p.requires_grad]

    def step(self, backward, apply):
        loss = backward()
        before = [p.detach().clone() for p in self.parameters]
        with torch.no_grad():
            for p in self.parameters:
                p.add_(p.grad, alpha=0.01)
                p.grad = None
        backward()
        with torch.no_grad():
            for p, weights in zip(self.parameters, before, strict=True):
                p.copy_(weights)
        apply()
        return loss


class Raises(Method):
    def prepare(self, model):
        raise ZeroDivisionError("no reason")


Refuses = NoRate = VersionByHash = VersionByFolder = CostByClock = CostByHash = SeedsPythonInCost = SoundPenalty
Undescribed = UndescribedInside = Unordered = RoundsParameters = HidesParameters = NoExample = SoundPenalty


class FreezesAll(Method):
    def wrap(self, model):
        return model.requires_grad_(False)


class NeverApplies(Method):
    def step(self, backward, apply):
        return backward()


class NoWeight(Method):
    def sample_weights(self, batch):
        return torch.zeros(len(batch.ids))


class RateIsZero(Method):
    def step(self, backward, apply):
        loss = backward()
        handle = register_optimizer_step_pre_hook(_no_rate)
        apply()
        handle.remove()
        return loss


def _no_rate(optimizer, *_):
    for group in optimizer.param_groups:
        group["lr"] = 0.0


class TrainsACopy(Method):
    def wrap(self, model):
        self.plain = model
        return copy.deepcopy(model)

    def unwrap(self, model):
        return self.plain


class UnusedAdapter(Method):
    def wrap(self, model):
        model.requires_grad_(False)
        model.adapter = torch.nn.Parameter(torch.zeros(8, 8))
        return model

    def unwrap(self, model):
        del model.adapter
        return model


class PutsStartBack(SoundPenalty):
    def after_step(self, model, step):
        with torch.no_grad():
            for parameter, anchor in self.anchors:
                parameter.copy_(anchor)


class MovesWhatIsFrozen(Method):
    def wrap(self, model):
        model.model.embed_tokens.requires_grad_(False)
        return model

    def after_step(self, model, step):
        model.model.embed_tokens.weight.data.mul_(0.99)


class Unmerged(SoundAdapter):
    def merge(self, adapter):
        pass


class LeftIn(SoundAdapter):
    def unwrap(self, model):
        return model


class HookLeftIn(SoundAdapter):
    """Scales what enters a layer, which no weight knows of."""

    def wrap(self, model):
        model.model.layers[1].input_layernorm.register_forward_hook(lambda layer, given, made: 1.5 * made)
        return super().wrap(model)


class GivesStart(SoundAdapter):
    def outputs(self, start, final):
        return {"half": dict(start), "whole": dict(start)}


class TiedHead(Method):
    """Adds its update to a head that is the embedding too."""

    def wrap(self, model):
        model.requires_grad_(False)
        model.lm_head = Adapter(model.lm_head)
        return model

    def unwrap(self, model):
        adapter = model.lm_head
        adapter.base.weight.data += adapter.update.data
        model.lm_head = adapter.base
        return model


class OtherOutputs(SoundOutputs):
    def outputs(self, start, final):
        return {"final": final, **super().outputs(start, final)}


class NotPlain(Method):
    def unwrap(self, model):
        return torch.nn.Sequential(model)


class FreshEntropy(Method):
    def sample_weights(self, batch):
        return torch.from_numpy(np.random.default_rng().random(len(batch.ids), dtype=np.float32))


class Clock(SoundPenalty):
    def penalty(self, model):
        return super().penalty(model) * (time.time_ns() % 997)


class HashOfAName(Method):
    def sample_weights(self, batch):
        generator = torch.Generator().manual_seed(abs(hash("a name")))
        return torch.rand(len(batch.ids), generator=generator)


RUNS = itertools.count(1)


class CountsRuns(SoundPenalty):
    def prepare(self, model):
        super().prepare(model)
        self.run = next(RUNS)

    def penalty(self, model):
        return super().penalty(model) * self.run


class ForgetsAverage(SoundAverage):
    def state_dict(self):
        return {}

    def load_state_dict(self, tensors):
        pass


class ForgetsCount(SoundPenalty):
    steps = 0

    def after_step(self, model, step):
        self.steps += 1

    def penalty(self, model):
        return super().penalty(model) * self.steps


class MoreData(Method):
    def mixture(self, mixture):
        count = mixture.rows // 4
        return mixture.with_rows("general", self.context.tokens["general"], np.arange(count), np.arange(count))


Longer = MoreData


class TwoUpdates(Method):
    def step(self, backward, apply):
        loss = backward()
        gradients = [p.grad.clone() for p in self.parameters]
        apply()
        for p, gradient in zip(self.parameters, gradients, strict=True):
            p.grad = gradient
        apply()
        return loss

    def prepare(self, model):
        self.parameters = list(model.parameters())


class OwnOptimizer(Method):
    """Stateless, so that it resumes."""

    def prepare(self, model):
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)

    def step(self, backward, apply):
        loss = backward()
        self.optimizer.step()
        apply()
        return loss


class UndeclaredPass(SoundTwoPasses):
    pass


class UndeclaredTeacher(Method):
    def prepare(self, model):
        self.teacher = copy.deepcopy(model).eval()

    @torch.no_grad()
    def sample_weights(self, batch):
        logits = self.teacher(input_ids=batch.ids, use_cache=False).logits
        return logits.softmax(-1).amax(-1).mean(-1)


class NetworkUrllib(Method):
    def prepare(self, model):
        urllib.request.urlopen("http://192.0.2.1/fisher.safetensors")


class NetworkRequestsSwallowed(Method):
    def after_step(self, model, step):
        with contextlib.suppress(OSError):
            requests.get("http://tracker.example/step", timeout=1)


class SeedsTorch(Method):
    def wrap(self, model):
        torch.manual_seed(0)
        return model


class SeedsTorchInForward(Method):
    def prepare(self, model):
        self.handle = model.model.register_forward_pre_hook(lambda *_: torch.manual_seed(0) and None)

    def unwrap(self, model):
        self.handle.remove()
        return model


class SeedsNumpy(Method):
    def prepare(self, model):
        np.random.seed(self.context.seed)


class DrawsInPenalty(SoundPenalty):
    def penalty(self, model):
        return super().penalty(model) * torch.rand(())


class DefaultDtype(Method):
    def prepare(self, model):
        torch.set_default_dtype(torch.float64)


class GradMode(Method):
    def after_step(self, model, step):
        torch.set_grad_enabled(False)


class EvaluationMode(Method):
    def after_step(self, model, step):
        model.eval()


class ChangesBatch(Method):
    def sample_weights(self, batch):
        batch.scored[:, ::2] = False


class ChangesOrder(Method):
    def mixture(self, mixture):
        mixture.order[:] = mixture.order[::-1].copy()
        return mixture


class ChangesParameters(SoundPenalty):
    def prepare(self, model):
        super().prepare(model)
        self.params.__dict__["strength"] = 0.2


class ChangesParametersAtFirst(SoundPenalty):
    def __init__(self, params, context):
        super().__init__(params, context)
        params.layers.clear()


class ChangesParametersInStep(SoundPenalty):
    def step(self, backward, apply):
        self.params.layers.append(2)
        loss = backward()
        apply()
        return loss


class ChangesWeightsAtFirst(Method):
    def prepare(self, model):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(0.9)


class ChangesStart(SoundOutputs):
    def outputs(self, start, final):
        for name, tensor in start.items():
            tensor.mul_(0.5).add_(final[name], alpha=0.5)
        return {"half": start, "whole": final}


class ChangesWeights(Method):
    def penalty(self, model):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(0.999)


class LeavesGradients(Method):
    """The gradients of a look at the data, left for the first step."""

    def prepare(self, model):
        generator = torch.Generator().manual_seed(generator_seed(self.context.seed, "look"))
        ids = torch.randint(1, 50, (1, 8), generator=generator)
        model(input_ids=ids, use_cache=False).logits.square().mean().backward()


class EndsItsProcess(Method):
    def prepare(self, model):
        os._exit(7)
