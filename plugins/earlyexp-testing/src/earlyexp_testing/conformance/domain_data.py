"""A domain read once, for all checks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import SPLITS, Document, Domain, DomainDefinition, Split
from earlyexp_bench.domains.duplicates import Fingerprint, collapsed, default_fingerprint, normalised

MIN_TEST_DOCUMENTS = 200
"""Fewest documents of a test split: with fewer, a loss moves by more than recipes differ."""
_SHOWN = 60


@dataclass(frozen=True)
class DomainData:
    """What a domain gives.

    Attributes:
        definition: The light half.
        domain: The heavy half, constructed.
        documents: All documents by split, in the domain's order.
    """

    definition: DomainDefinition
    domain: Domain
    documents: Mapping[Split, tuple[Document, ...]]

    @cached_property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The domain's lm-eval configurations by name."""
        return self.domain.tasks()

    @property
    def has_own_fingerprint(self) -> bool:
        """Whether the domain says itself what makes two documents alike."""
        return hasattr(self.domain, "fingerprint")

    @property
    def fingerprint(self) -> Fingerprint:
        """The domain's own ``fingerprint(document)``, or the default one."""
        own: Fingerprint = getattr(self.domain, "fingerprint", default_fingerprint)
        return own

    @property
    def remedy(self) -> str:
        """What leaves out documents that stand somewhere else already, for messages."""
        own = ", self.fingerprint" if self.has_own_fingerprint else ""
        return f"`earlyexp_bench.domains.without_near_duplicates(splits{own})` does"

    def same(self, text: str) -> str:
        """Return what two documents that are one have in common.

        Case and punctuation do not tell documents apart, unless the domain has a fingerprint: then they may well be
        what matters, as in a melody or a structure, and only white space is left out.
        """
        return collapsed(text) if self.has_own_fingerprint else normalised(text)


def read_domain(definition: DomainDefinition, domain: Domain) -> DomainData:
    """Read every split of a domain once, in the order train, validation, test."""
    return DomainData(definition, domain, {split: tuple(domain.documents(split)) for split in SPLITS})


def shown(text: str) -> str:
    """Return the beginning of ``text`` for a message, on one line."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
