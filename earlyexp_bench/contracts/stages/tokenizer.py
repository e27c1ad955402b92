"""The tokenizer: trained on domains, or a checkpoint's own."""

from pydantic import Field

from earlyexp_bench.contracts.quantity import Count, Whole
from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput, StageOutput

VERSION = 1


class TokenizerTraining(StageInput):
    """How a byte-level BPE is trained, but for the text."""

    vocab_size: Whole = Field(ge=257)
    bytes_per_domain: Count | None = Field(default=None, description="Absent: as many as the smallest domain has.")
    sha256: str | None = Field(default=None, description="Hash of tokenizer.json, once the benchmark is frozen.")


class TokenizerInput(TokenizerTraining):
    """A byte-level BPE trained on equal bytes of every domain's train split."""

    domains: tuple[DomainRef, ...]


class CheckpointTokenizerInput(StageInput):
    """The tokenizer of a checkpoint instead of a trained one; `StageSpec.runtime` says where it is."""

    checkpoint: dict[str, str] = Field(description="`CheckpointIdentity.tokenizer`.")


class TokenizerOutput(StageOutput):
    """A tokenizer, trained or taken."""

    vocab_size: int = Field(gt=0, description="Tokens, special ones included.")
    sha256: str = Field(description="Of tokenizer.json, 64 hex digits.")
    bytes: dict[str, int] = Field(default={}, description="UTF-8 bytes trained on, by domain id; none of one taken.")
