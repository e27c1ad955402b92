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
    tasks=("chemistry_structure",),
)


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register ``chemistry/names``."""
    register(NAMES)
