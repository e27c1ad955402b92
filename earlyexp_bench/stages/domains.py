"""Domains as the worker builds them, and the check that their data are the ones that were planned."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from earlyexp_bench.contracts import Document, Domain, DomainDefinition, Split, StageSpec, UserError, content_hash
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.contracts.paths import shown_from
from earlyexp_bench.contracts.stages import DomainRef
from earlyexp_bench.hooks import load_object, registry

_SHOWN_CHARACTERS = 60


def build_domain(ref: DomainRef, spec: StageSpec) -> Domain:
    """Construct a domain's heavy half with the parameters it was planned with.

    Raises:
        UserError: The data are not there any more, or changed since they were planned.
    """
    check_unchanged(ref, spec)
    definition, params = _planned(ref, spec)
    domain: Domain = load_object(definition.implementation)(params)
    return domain


def check_unchanged(ref: DomainRef, spec: StageSpec) -> None:
    """Compare a domain's data with those that were planned: before they are read, and again after.

    Raises:
        UserError: They are not there any more, or are others.
    """
    definition, params = _planned(ref, spec)
    if definition.hash_inputs is not None and definition.hash_inputs(params) != ref.data:
        raise UserError(
            f"the data of {ref.id} changed after they were planned",
            expected="the same command once more: what is made of the changed data has a key of its own",
        )


def _planned(ref: DomainRef, spec: StageSpec) -> tuple[DomainDefinition, BaseModel]:
    definition = registry().domain(ref.id).definition
    location = spec.runtime.locations.get(ref.digest, {})
    return definition, load_params(definition.params, {**ref.params, **location}, _folder(spec))


def checked_hash(ref: DomainRef, domain: Domain) -> str:
    """Hash a domain's documents and compare them with what its plugin declares.

    Raises:
        UserError: The installed data are not the declared ones.
    """
    with whole_characters(ref):
        found = content_hash(domain)
    declared = registry().domain(ref.id).definition.content_hash
    if declared is not None and found != declared:
        raise UserError(
            f"the data of {ref.id} have hash {found[:12]}…, its plugin declares {declared[:12]}…",
            expected="the versions of the plugin and of its data package that belong together",
        )
    return found


@contextlib.contextmanager
def whole_characters(ref: DomainRef) -> Iterator[None]:
    """Say whose text it is that cannot be encoded; rows of files and data sets have been refused by line before.

    Raises:
        UserError: It holds half of a character.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - _SHOWN_CHARACTERS) : error.end]
        raise UserError(
            f"a text of {ref.id} has half of a character (a lone surrogate), at the end of {around!r}",
            expected="whole characters: the other half of the pair beside it, or none",
        ) from error


def nonempty_split(ref: DomainRef, domain: Domain, split: Split) -> Iterator[Document]:
    """Yield the documents of one split.

    Raises:
        UserError: It is empty.
    """
    empty = True
    for document in domain.documents(split):
        empty = False
        yield document
    if empty:
        raise UserError(f"the {split} split of {ref.id} is empty", expected="at least one document in every split")


def paths_as_written(spec: StageSpec) -> contextlib.AbstractContextManager[None]:
    """Let errors name data as the benchmark does: by paths that start at its folder."""
    return shown_from(_folder(spec), spec.runtime.locations)


def _folder(spec: StageSpec) -> Path:
    return Path(spec.runtime.data_directory)
