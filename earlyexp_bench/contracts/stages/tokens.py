"""A domain as token ids."""

from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput

VERSION = 1


class TokensInput(StageInput):
    """All splits of one domain as token ids. Parent: tokenizer."""

    domain: DomainRef
