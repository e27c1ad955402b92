"""Test documents that were trained on."""

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput, StageOutput

VERSION = 1


class ContaminationInput(StageInput):
    """Which test documents of one domain have a twin in the train split of another, or of their own.

    Parents: tokenizer; trained and tested, each a tokens stage.
    """

    trained: DomainRef
    tested: DomainRef


class ContaminationOutput(StageOutput):
    """How many test documents have a twin."""

    documents: int = Field(ge=0, description="Test documents of `tested`.")
    twins: int = Field(ge=0, description="Those with a twin in the train split of `trained`.")
