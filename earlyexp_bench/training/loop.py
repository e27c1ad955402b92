"""The training loop, from the first step to the last; read `train` first."""

import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, GradientAccumulationPlugin, gather_object

from earlyexp_bench.contracts import Diverged, TrainingStage, UserError
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.runtime import CHECKPOINT_SECONDS
from earlyexp_bench.contracts.stages import Optimization, Stopped
from earlyexp_bench.training.batches import Batches
from earlyexp_bench.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from earlyexp_bench.training.determinism import bit_environment
from earlyexp_bench.training.loss import training_loss
from earlyexp_bench.training.method_tokens import MethodTokens
from earlyexp_bench.training.methods import Batch, MethodStack
from earlyexp_bench.training.mixture import Mixture
from earlyexp_bench.training.observer import Observer
from earlyexp_bench.training.optimizer import (
    build_optimizer,
    load_optimizer_tensors,
    optimizer_tensors,
    set_learning_rate,
)
from earlyexp_bench.training.row_draws import ForwardDraws
from earlyexp_bench.training.schedule import Schedule
from earlyexp_bench.training.stopping import EarlyStopping, Stopping, evaluation_steps
from earlyexp_bench.training.validation import validation_loss
from earlyexp_bench.training.weights import live_weights, load_weights

REPORT_SECONDS = 0.5


@dataclass(frozen=True)
class Job:
    """What is to be trained, fixed before the first step.

    Attributes:
        stage: Part of the key of every random draw.
        seed: The stage's seed.
        mixture: The planned order.
        optimization: Batch, schedule and optimizer.
        numerics: Device, precision, micro-batch.
        stopping: Early stopping; None to train on the whole order.
        checkpoint_directory: Where a killed run left off, and this one will; None for no checkpoints.
        checkpoint_seconds: Time between checkpoints.
        report: Takes ``step``, ``steps``, ``loss`` and ``tokens_per_second``.
        method_tokens: Counts what methods put into updates themselves.
        observer: Looks on.
    """

    stage: TrainingStage
    seed: int
    mixture: Mixture
    optimization: Optimization
    numerics: Numerics
    stopping: Stopping | None = None
    checkpoint_directory: Path | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    report: Callable[[Mapping[str, Any]], None] = field(default=lambda _: None)
    method_tokens: MethodTokens = field(default_factory=MethodTokens)
    observer: Observer = field(default_factory=Observer)


@dataclass(frozen=True)
class TrainingResult:
    """What training came to.

    Attributes:
        steps: Optimizer steps done.
        loss: Loss of the last of them, in nats.
        stopped: ``budget``, or with early stopping ``converged`` or ``cap``.
        rows: Rows of the mixture that entered updates.
        early_stopping: The validation losses; None without early stopping.
        method_tokens: Tokens by source that entered updates beside the mixture's rows.
    """

    steps: int
    loss: float
    stopped: Stopped
    rows: int
    early_stopping: EarlyStopping | None
    method_tokens: Mapping[str, int] = field(default_factory=dict)


def train(job: Job, model: torch.nn.Module, methods: MethodStack) -> TrainingResult:
    """Train ``model`` in place, which the methods have wrapped and prepared.

    Every random draw of a forward pass comes from (seed, stage, step, row), so a resumed run needs no generator's state
    and gives the bits of an uninterrupted one, and micro-batches and ranks change no mask.

    Raises:
        Diverged: A loss or a gradient was not finite.
        UserError: The batch is no multiple of the context, or the device is not there.
    """
    run = _Run(job, model, methods)
    run.resume()
    with run.counted():
        while not run.finished:
            run.take_step()
            run.validate()
            run.save_now_and_then()
            run.tell_now_and_then()
            job.observer.stepped(run.step)
    return run.finish()


class _Run:
    def __init__(self, job: Job, model: torch.nn.Module, methods: MethodStack) -> None:
        self.job, self.methods = job, methods
        self.accelerator = make_accelerator(job.numerics)
        optimizer = build_optimizer(
            model,
            job.optimization,
            job.numerics,
            weight_decay=not methods.replaces_weight_decay,
            rate_factors=methods.learning_rates(model),
        )
        model.train()
        if job.numerics.compile:
            model.compile()
        self.plain = model.to(self.accelerator.device)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        self.batches = Batches(job.mixture, job.optimization.batch_tokens, job.numerics.micro_batch, world, rank)
        self.schedule = Schedule(job.optimization, self.batches.steps)
        key, by_row = (job.seed, job.stage, "forward"), job.numerics.draws == "by-row"
        self.draws = ForwardDraws(key, by_row, world, rank, compiled=job.numerics.compile)
        self.environment = bit_environment(job.numerics, world)
        self.step, self.loss = 0, math.nan
        self.early_stopping = EarlyStopping(job.stopping.rule) if job.stopping else None
        self.due = self._evaluation_steps(job.stopping.rule.eval_every) if job.stopping else set()
        self.best: dict[str, torch.Tensor] = {}
        self.main_tokens = job.mixture.main_tokens
        self.saved_at = self.told_at = time.monotonic()
        self.told_step = 0

    @property
    def finished(self) -> bool:
        return self.step == self.schedule.stop

    def counted(self) -> contextlib.AbstractContextManager[None]:
        """Count what methods pass beside the batches, where there are methods that could."""
        watched = bool(self.methods.methods) and not self.job.numerics.compile
        return self.job.method_tokens.watch(self.plain) if watched else contextlib.nullcontext()

    def take_step(self) -> None:
        """One optimizer step on one global batch."""
        self.micro_batches = self.batches.load(self.step, self.accelerator.device)
        self.job.observer.batch(self.micro_batches.parts)
        self.job.method_tokens.batch = tuple(part.ids for part in self.micro_batches.parts)
        set_learning_rate(self.optimizer, self.schedule.rate(self.step))
        self.loss = float(self.methods.step(self.backward, self.apply))
        if not math.isfinite(self.loss):
            raise Diverged(self.step, self.loss)
        self.methods.after_step(self.plain, self.step)
        self.step += 1

    def backward(self) -> torch.Tensor:
        """Add the gradient of the global batch's mean loss, and of the penalties, to the gradients."""
        total = torch.zeros((), device=self.accelerator.device)
        last = len(self.micro_batches.parts) - 1
        for number, batch in enumerate(self.micro_batches.parts):
            seed = self.draws.seed(self.step, number)
            # accelerate's own accumulation would skip the optimizer's step without a word; so by hand.
            with contextlib.nullcontext() if number == last else self.accelerator.no_sync(self.model):
                loss = self._mean_loss(batch, self.micro_batches.rows[number])
                self.job.observer.passed(seed)
                total += loss.detach()
                penalty = self.methods.penalty(self.plain) if number == last else None
                # Gradients are averaged over ranks: the loss is a share of the batch's, the penalty is whole.
                scaled = loss * self.accelerator.num_processes
                self.accelerator.backward(scaled if penalty is None else scaled + penalty)
        return self.accelerator.reduce(total, reduction="sum") if self.accelerator.num_processes > 1 else total

    def apply(self) -> None:
        """Clip, update, clear."""
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.job.optimization.gradient_clip)
        if not torch.isfinite(norm):
            raise Diverged(self.step, float(norm))
        self.optimizer.step()
        self.optimizer.zero_grad()

    def _mean_loss(self, batch: Batch, rows: Sequence[int]) -> torch.Tensor:
        """This micro-batch's share of the mean over the scored tokens of the global batch."""
        weights = batch.scored / self.micro_batches.scored_tokens
        factors = self.methods.sample_weights(batch)
        if factors is not None:
            weights = weights * factors.unsqueeze(1)
        with self._precision(), self.job.method_tokens.loop():
            logits = self.draws.passed(self.step, rows, lambda: self.model(input_ids=batch.ids, use_cache=False).logits)
        return training_loss(logits, batch.ids, weights)

    def _precision(self) -> contextlib.AbstractContextManager[None]:
        if self.job.numerics.precision == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.accelerator.device.type, dtype=torch.bfloat16)

    def _evaluation_steps(self, every: float) -> set[int]:
        return set(evaluation_steps(self.job.mixture, self.batches.rows_per_step, every).tolist())

    def validate(self) -> None:
        """Where one is due: measure the validation loss, keep the best weights, end if no better ones come."""
        if self.step not in self.due or self.early_stopping is None or self.job.stopping is None:
            return
        windows, batch_tokens = self.job.stopping.windows, self.job.numerics.eval_batch_tokens
        with self.job.observer.validating():
            loss = validation_loss(self.plain, windows, batch_tokens)
        if not math.isfinite(loss):
            raise Diverged(self.step, loss)
        better = self.early_stopping.improved(int(self.main_tokens[self.batches.rows(self.step)]), loss)
        if better and self.job.stopping.rule.keep == "best":
            self.best = _copied("model", live_weights(self.plain)) | _copied("methods", self.methods.state_dict())
        if self.early_stopping.converged and self.schedule.ended_at is None:
            self.end(self.step)

    def end(self, step: int) -> None:
        """Let the schedule end for what was found after ``step`` steps, with an evaluation of its last step."""
        self.schedule = self.schedule.ended(step)
        self.due.add(self.schedule.stop)

    def finish(self) -> TrainingResult:
        """Put back the best weights and say how it ended."""
        stopped: Stopped = "budget"
        if self.early_stopping is not None:
            stopped = "cap" if self.schedule.ended_at is None else "converged"
        if self.best:
            best = TrainingState(self.step, {}, self.best)
            load_weights(self.plain, best.part("model"))
            self.methods.load_state_dict(best.part("methods"))
        method_tokens = self._method_tokens()
        return TrainingResult(
            self.step, self.loss, stopped, self.batches.rows(self.step), self.early_stopping, method_tokens
        )

    def _method_tokens(self) -> Counter[str]:
        """Add up what all ranks counted."""
        counts = [self.job.method_tokens.counts]
        if self.accelerator.num_processes > 1:
            counts = gather_object(counts)
        return sum(counts, Counter())

    def save_now_and_then(self) -> None:
        """Write a checkpoint if the last one is old enough."""
        directory, now = self.job.checkpoint_directory, time.monotonic()
        if directory is None or not self.accelerator.is_main_process:
            return
        if now - self.saved_at < self.job.checkpoint_seconds or self.finished:
            return
        tensors = dict(_named("model", live_weights(self.plain)))
        tensors |= _named("optimizer", optimizer_tensors(self.optimizer))
        tensors |= _copied("methods", self.methods.state_dict()) | _named("best", self.best)
        values = {
            "loss": self.loss,
            "early_stopping": self.early_stopping.state() if self.early_stopping else None,
            "ended_at": self.schedule.ended_at,
            "method_tokens": dict(self.job.method_tokens.counts),
        }
        save_checkpoint(directory, TrainingState(self.step, values, tensors), self.environment)
        self.saved_at = time.monotonic()

    def resume(self) -> None:
        """Go on where a killed run left off, unless its bits would not be ours."""
        directory = self.job.checkpoint_directory
        found = load_checkpoint(directory, self.environment) if directory else None
        if found is None:
            return
        load_weights(self.plain, found.part("model"))
        load_optimizer_tensors(self.optimizer, found.part("optimizer").items())
        self.methods.load_state_dict(found.part("methods"))
        self.best = {name: tensor.to(self.accelerator.device) for name, tensor in found.part("best").items()}
        self.step, self.loss = found.step, found.values["loss"]
        self.job.method_tokens.counts = Counter(found.values["method_tokens"])
        self.told_step = self.step
        if self.early_stopping is not None:
            self.early_stopping.load(found.values["early_stopping"])
        if found.values["ended_at"] is not None:
            self.end(found.values["ended_at"])

    def tell_now_and_then(self) -> None:
        """Report progress if the last report is old enough."""
        now = time.monotonic()
        if now - self.told_at < REPORT_SECONDS and not self.finished:
            return
        tokens = (self.step - self.told_step) * self.job.optimization.batch_tokens
        progress = {"step": self.step, "steps": self.schedule.stop, "loss": self.loss}
        self.job.report({**progress, "tokens_per_second": tokens / max(now - self.told_at, 1e-9)})
        self.told_at, self.told_step = now, self.step


def make_accelerator(numerics: Numerics) -> Accelerator:
    """Make accelerate's view of the device and the ranks. Autocast is ours: validation must not inherit it.

    Raises:
        UserError: The device is not the benchmark's.
    """
    accelerator = Accelerator(
        cpu=numerics.device == "cpu",
        mixed_precision="no",
        # Given, or accelerate takes them from the environment.
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
        dynamo_backend="no",
        # There are models that leave weights of theirs unused, and ranks would wait for their gradients.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )
    if accelerator.device.type != numerics.device:
        raise UserError(
            f"the benchmark trains on {numerics.device}, this process has {accelerator.device.type}",
            where="numerics.device",
            expected="a machine with that device",
        )
    return accelerator


def _named(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _copied(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{prefix}/{name}": tensor.detach().clone() for name, tensor in tensors.items()}
