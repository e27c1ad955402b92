"""Test documents that were trained on."""

from earlyexp_bench.contracts.stages.parts import DomainRef, StageInput

VERSION = 1


class ContaminationInput(StageInput):
    """Which test documents of one domain have a twin in the train split of another, or of their own.

    Parents: tokenizer; trained and tested, each a tokens stage.
    """

    trained: DomainRef
    tested: DomainRef
