"""Everything measured on one checkpoint."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from earlyexp_bench.contracts.domain import HeldOut, LossOn
from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput, StageOutput

VERSION = 3
Role = Literal["general", "target", "downstream"]
MeasuredRole = Literal[Role, "tasks"]
# What evaluators report the losses as that a board is scored on, by the tokens scored.
LOSS_NAMES: dict[LossOn, str] = {"text": "loss", "answer": "answer_loss"}


class Measurement(StageInput):
    """One evaluator on one split of one domain, or one of lm-eval's own tasks."""

    evaluator: str | None = Field(default=None, description="Id of an evaluator; None for an lm-eval task.")
    params: dict[str, Any] = Field(default={})
    role: Role | None = None
    domain: DomainRef | None = None
    split: HeldOut | None = None
    task: str | None = Field(default=None, description="Name of one of lm-eval's own tasks.")
    max_documents: int | None = Field(default=None, gt=0, description="The first so many documents; None for all.")


class EvaluateInput(StageInput):
    """Everything measured on one checkpoint. Parents: model, and the tokens stage of every role measured."""

    context: int = Field(gt=1, description="Window of the rolling losses, in tokens.")
    measurements: tuple[Measurement, ...]
    lm_eval_version: str


class TaskAnswers(StageOutput):
    """A checkpoint's answers to one multiple-choice task, document by document."""

    correct: str = Field(pattern="^[01]+$", description="1 for each document answered correctly, in the task's order.")
    chance: float = Field(description="Accuracy of guessing, from the documents' own numbers of choices.")
    documents: str = Field(description="Digest of what was asked and in which order; only equal ones are paired.")


class SplitScores(StageOutput):
    """What was measured on one split."""

    losses: dict[LossOn, float] = Field(default={}, description="Nats per token, by the tokens scored.")
    further: dict[str, float] = Field(default={}, description="Every other measure, by the name it is reported under.")
    answers: dict[str, TaskAnswers] = Field(default={}, description="To multiple-choice tasks on test, by task.")

    @classmethod
    def of(cls, reported: Mapping[str, float], answers: Mapping[str, TaskAnswers]) -> "SplitScores":
        """Tell the losses that boards are scored on from what else evaluators report."""
        losses = {on: reported[name] for on, name in LOSS_NAMES.items() if name in reported}
        further = {name: value for name, value in reported.items() if name not in LOSS_NAMES.values()}
        return cls(losses=losses, further=further, answers=dict(answers))

    @property
    def reported(self) -> dict[str, float]:
        """Every measure by the name it is reported under."""
        return {LOSS_NAMES[on]: loss for on, loss in self.losses.items()} | self.further


class EvaluateOutput(StageOutput):
    """Everything measured on one checkpoint."""

    scores: dict[MeasuredRole, dict[HeldOut, SplitScores]] = Field(
        description="By the role of the domain measured, `tasks` for lm-eval's own; and by split."
    )

    def on(self, role: MeasuredRole, split: HeldOut) -> SplitScores:
        """Return what was measured of a role on a split; empty where nothing was."""
        return self.scores.get(role, {}).get(split, SplitScores())
