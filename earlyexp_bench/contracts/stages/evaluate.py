"""Everything measured on one checkpoint."""

from typing import Any, Literal

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput

VERSION = 2


class Measurement(StageInput):
    """One evaluator on one split of one domain, or one of lm-eval's own tasks."""

    evaluator: str | None = Field(default=None, description="Id of an evaluator; None for an lm-eval task.")
    params: dict[str, Any] = Field(default={})
    role: Literal["general", "target", "downstream"] | None = None
    domain: DomainRef | None = None
    split: Literal["validation", "test"] | None = None
    task: str | None = Field(default=None, description="Name of one of lm-eval's own tasks.")
    max_documents: int | None = Field(default=None, gt=0, description="The first so many documents; None for all.")


class EvaluateInput(StageInput):
    """Everything measured on one checkpoint. Parents: model, and the tokens stage of every role measured."""

    context: int = Field(gt=1, description="Window of the rolling losses, in tokens.")
    measurements: tuple[Measurement, ...]
    lm_eval_version: str
    ids_version: Literal[1, 2] = Field(
        default=1,
        description="2 for types of models whose documents were once scored on other token ids than are trained on: "
        "those for which transformers has a tokenizer of its own, and those that a plan cannot know.",
    )
