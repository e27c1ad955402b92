"""A domain as token ids."""

from pydantic import Field

from earlyexp_bench.contracts.domain import HeldOut, LossOn
from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput, StageOutput

VERSION = 1


class TokensInput(StageInput):
    """All splits of one domain as token ids. Parent: tokenizer."""

    domain: DomainRef


class NgramLosses(StageOutput):
    """What n-gram models of the train split make of a held-out one, in nats per token."""

    unigram: float = Field(description="Cross-entropy under the frequencies of tokens.")
    bigram: float = Field(description="Cross-entropy under an interpolated bigram model.")


class SplitSize(StageOutput):
    """How much a split holds."""

    documents: int = Field(ge=0)
    tokens: int = Field(ge=0, description="Without the end token that each document brings into a packed stream.")
    bytes: int = Field(ge=0, description="Of UTF-8.")


class HeldOutSplit(SplitSize):
    """How much a held-out split holds, and how hard it is for those who only count."""

    ngrams: dict[LossOn, NgramLosses] = Field(
        description="By the tokens scored; none of answers where a split has no document with a prompt and an answer."
    )


class TokensOutput(StageOutput):
    """A domain's sizes, and the losses that its data alone fix."""

    train: SplitSize
    validation: HeldOutSplit
    test: HeldOutSplit
    bytes_per_token: float = Field(gt=0, description="Over all splits.")
    content_hash: str = Field(description="Of the documents, 64 hex digits.")

    def held_out(self, split: HeldOut) -> HeldOutSplit:
        """Return a split that nobody trains on, by its name."""
        return self.test if split == "test" else self.validation
