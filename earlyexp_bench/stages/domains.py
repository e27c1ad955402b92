"""Domains as the worker builds them, and the check that their data are the ones that were planned."""

import contextlib
from pathlib import Path

from earlyexp_bench.contracts import Document, Domain, StageSpec, UserError, content_hash
from earlyexp_bench.contracts.inputs import DomainRef
from earlyexp_bench.hooks import load_object, registry


def build_domain(ref: DomainRef) -> Domain:
    """Construct a domain's heavy half with the parameters it was planned with."""
    definition = registry().domain(ref.id).definition
    domain: Domain = load_object(definition.implementation)(definition.params.model_validate(ref.params))
    return domain


def checked_hash(ref: DomainRef, domain: Domain) -> str:
    """Hash a domain's documents and compare them with what its plugin declares.

    Raises:
        UserError: The installed data are not the declared ones.
    """
    found = content_hash(domain)
    declared = registry().domain(ref.id).definition.content_hash
    if declared is not None and found != declared:
        raise UserError(
            f"the data of {ref.id} have hash {found[:12]}…, its plugin declares {declared[:12]}…",
            expected="the versions of the plugin and of its data package that belong together",
        )
    return found


def nonempty_split(ref: DomainRef, domain: Domain, split: str) -> list[Document]:
    """Read one split.

    Raises:
        UserError: It is empty.
    """
    documents = list(domain.documents(split))  # type: ignore[arg-type]
    if not documents:
        raise UserError(f"the {split} split of {ref.id} is empty", expected="at least one document in every split")
    return documents


def at_data_directory(spec: StageSpec) -> contextlib.AbstractContextManager[None]:
    """Work where relative paths of the benchmark's own domains start."""
    return contextlib.chdir(Path(spec.runtime.get("data_directory", ".")))
