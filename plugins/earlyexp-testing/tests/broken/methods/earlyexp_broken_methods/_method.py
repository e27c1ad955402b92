"""Heavy halves: small methods that work, and what is wrong with each of the others."""

import contextlib
import copy
import functools
import getpass
import itertools
import locale
import os
import shelve
import subprocess
import tempfile
import threading
import time
import urllib.request
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
import requests
import torch
from safetensors.torch import load_file, save_file
from torch.optim.optimizer import register_optimizer_step_pre_hook

from earlyexp_bench.training import Method, generator_seed, row_losses


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


class OwnRows(Method):
    """Trains on general rows beside the batch: eight in the first of two micro-batches, as many as there are."""

    rows = 8

    def prepare(self, model):
        self.model, self.count = model, 0

    def losses(self):
        general = self.context.tokens["general"]
        chosen = np.arange(self.count, self.count + self.rows) % general.count
        self.count += self.rows
        ids = torch.from_numpy(general.ids[chosen].astype(np.int64))
        sums, counts = row_losses(self.model, ids, torch.from_numpy(general.scored[chosen]))
        return sums.sum() / counts.sum()

    def state_dict(self):
        return {"count": torch.tensor(self.count)}

    def load_state_dict(self, tensors):
        self.count = int(tensors["count"])


class SoundOwnRows(OwnRows):
    rows = 2

    def penalty(self, model):
        return self.losses()


class SoundLooksFirst(SoundPenalty):
    """Takes gradients of general rows before it trains, as Fisher information does, and losses of others later."""

    def prepare(self, model):
        super().prepare(model)
        self.model, general = model, self.context.tokens["general"]
        ids, scored = (torch.from_numpy(rows[:20].astype(np.int64)) for rows in (general.ids, general.scored))
        loss = row_losses(model, ids, scored.bool())[0].sum()
        self.importance = torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad])


class RowsInStep(OwnRows):
    def step(self, backward, apply):
        loss = backward()
        self.losses().backward()
        apply()
        return loss


class RowsInPenalty(OwnRows):
    def penalty(self, model):
        return self.losses()


class RowsKeptFromPrepare(OwnRows):
    """Reads its rows before it trains."""

    def prepare(self, model):
        super().prepare(model)
        general = self.context.tokens["general"]
        self.ids = torch.from_numpy(general.ids[: self.rows].astype(np.int64))

    def losses(self):
        return row_losses(self.model, self.ids, torch.ones_like(self.ids, dtype=torch.bool))[0].mean()

    step = RowsInStep.step


class RowsThroughDecoder(RowsKeptFromPrepare):
    """Calls the decoder and the head, and never the model."""

    def losses(self):
        logits = self.model.lm_head(self.model.model(input_ids=self.ids, use_cache=False).last_hidden_state)
        return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), self.ids[:, 1:].flatten())


class Cache(SoundPenalty):
    """Starts from what the last run of the seed ended with, if it is there."""

    def place(self):
        return Path.home() / ".cache" / "weights" / f"{self.context.seed}.pt"

    def prepare(self, model):
        super().prepare(model)
        for (_, anchor), kept in zip(self.anchors, self.read() if self.place().exists() else [], strict=False):
            anchor.copy_(kept)

    def read(self):
        return torch.load(self.place())

    def unwrap(self, model):
        self.place().parent.mkdir(parents=True, exist_ok=True)
        self.write([parameter.detach().clone() for parameter, _ in self.anchors])
        return model

    def write(self, tensors):
        torch.save(tensors, self.place())


class HomeCache(Cache):
    pass


class PackageCache(Cache):
    def place(self):
        return Path(__file__).parent / "cache.pt"

    def write(self, tensors):
        with self.place().open("wb") as file:
            torch.save(tensors, file)


class TemporaryCache(Cache):
    def place(self):
        return Path(tempfile.gettempdir()) / f"broken-{self.context.seed}.pt"


class Shelf(SoundPenalty):
    def unwrap(self, model):
        with contextlib.suppress(OSError), shelve.open(str(Path.home() / "shelf")) as shelf:
            shelf["step"] = 1
        return model


class CompiledCache(Cache):
    """Written by a library that is no Python; swallows whatever refuses it."""

    def place(self):
        return Path.home() / f"{self.context.seed}.safetensors"

    def read(self):
        return list(load_file(self.place()).values())

    def write(self, tensors):
        save_file({f"{number:03}": tensor for number, tensor in enumerate(tensors)}, self.place())


class CacheByProgram(SoundPenalty):
    def unwrap(self, model):
        subprocess.run(["cp", __file__, str(Path.home() / "copy.py")], check=True)
        return model


class CacheByThread(SoundPenalty):
    def unwrap(self, model):
        thread = threading.Thread(target=torch.save, args=({}, Path(tempfile.gettempdir()) / "broken-thread.pt"))
        thread.start()
        thread.join()
        return model


class SharedMemory(SoundPenalty):
    def unwrap(self, model):
        with contextlib.suppress(OSError):
            shared_memory.SharedMemory("broken-weights", create=True, size=8).close()
        return model


class SoundTemporary(SoundPenalty):
    """Puts something away for a moment, and sorts by code points."""

    def prepare(self, model):
        super().prepare(model)
        with tempfile.TemporaryDirectory() as folder:
            torch.save([anchor for _, anchor in self.anchors], Path(folder) / "anchors.pt")
            (Path(folder) / "more").mkdir()
            kept = torch.load(Path(folder) / "anchors.pt")
        self.anchors = [(parameter, anchor) for (parameter, _), anchor in zip(self.anchors, kept, strict=True)]


class AsksForUser(SoundPenalty):
    def penalty(self, model):
        return super().penalty(model) * len(getpass.getuser())


class AsksForLanguage(SoundPenalty):
    def prepare(self, model):
        super().prepare(model)
        self.anchors.sort(key=lambda pair: locale.strxfrm(str(tuple(pair[0].shape))))


class EnvironmentChannel(SoundPenalty):
    def after_step(self, model, step):
        os.environ["BROKEN_STEPS"] = str(step)


class StateOnClass(SoundPenalty):
    """What it pulls to in a later stage is left by an earlier one."""

    kept: list = []  # noqa: RUF012 - the defect

    def prepare(self, model):
        super().prepare(model)
        for (_, anchor), earlier in zip(self.anchors, self.kept, strict=False):
            anchor.copy_(earlier)

    def unwrap(self, model):
        type(self).kept = [parameter.detach().clone() for parameter, _ in self.anchors]
        return model


@functools.lru_cache
def weights_of(seed):
    return []


class CacheBySeed(StateOnClass):
    @property
    def kept(self):
        return weights_of(self.context.seed)

    def unwrap(self, model):
        weights_of(self.context.seed)[:] = [parameter.detach().clone() for parameter, _ in self.anchors]
        return model
