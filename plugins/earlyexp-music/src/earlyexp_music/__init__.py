"""Folk tunes in ABC notation, 18th and 19th century."""

from collections.abc import Callable

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.hooks import hookimpl

TUNES = DomainDefinition(
    name="tunes",
    version="1",
    implementation="earlyexp_music._domain:Tunes",
    description="ABC tunes of Aird's Airs, O'Neill's Music of Ireland and Ryan's Mammoth Collection.",
    licence="public-domain tunes; encodings as distributed with music21 (BSD-3-Clause)",
    content_hash="2fc3257947232b777c2d026e3cbf513f2f445c916c9462c3ff32754a5ca8dae1",
    train_bytes=824_072,
    tasks=("music_continuation",),
)


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register ``music/tunes``."""
    register(TUNES)
