"""Chemical compounds: systematic name, formula and structure."""

from collections.abc import Callable

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.hooks import hookimpl

NAMES = DomainDefinition(
    name="names",
    version="1",
    implementation="earlyexp_chemistry._domain:Names",
    description="PubChem compounds: systematic name, formula and SMILES.",
    licence="public-domain (PubChem, from pip package chemicals, MIT)",
    content_hash="78863c6d369d922a72c27a0619aa56ef268a09d564145163d54cb0abb3525d63",
    train_bytes=5_964_241,
    tasks=("chemistry_structure",),
)


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register ``chemistry/names``."""
    register(NAMES)
