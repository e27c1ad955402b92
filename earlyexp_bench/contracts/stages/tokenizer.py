"""The tokenizer: trained on domains, or a checkpoint's own."""

from pydantic import Field

from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput, StageOutput

VERSION = 1


class TokenizerInput(StageInput):
    """A byte-level BPE trained on equal bytes of every domain's train split."""

    vocab_size: int = Field(ge=257)
    domains: tuple[DomainRef, ...]
    bytes_per_domain: int | None = Field(default=None, description="None: as many as the smallest domain has.")
    sha256: str | None = Field(default=None, description="Expected hash of tokenizer.json, once frozen.")


class CheckpointTokenizerInput(StageInput):
    """The tokenizer of a checkpoint instead of a trained one; `StageSpec.runtime` says where it is."""

    checkpoint: dict[str, str] = Field(description="`CheckpointIdentity.tokenizer`.")


class TokenizerOutput(StageOutput):
    """A tokenizer, trained or taken."""

    vocab_size: int = Field(gt=0, description="Tokens, special ones included.")
    sha256: str = Field(description="Of tokenizer.json, 64 hex digits.")
    bytes: dict[str, int] = Field(default={}, description="UTF-8 bytes trained on, by domain id; none of one taken.")
