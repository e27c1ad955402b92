"""The built-in domains' light half: three made-up languages, plain files, and data sets of the Hugging Face hub."""

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from earlyexp_bench.contracts import SPLITS, DomainDefinition, Split, UserError, digest

Format = Literal["txt", "jsonl", "parquet"]
SUFFIXES: dict[str, Format] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class RowParams(BaseModel):
    """How rows become documents, whatever they are read from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_field: str = Field(default="text", description="Column that holds the document.")
    prompt_field: str | None = Field(default=None, description="Column of the prompt; with `answer_field`.")
    answer_field: str | None = Field(default=None, description="Column of the answer; replaces `text_field`.")
    group_field: str | None = Field(default=None, description="Rows of equal value stay in one split.")
    validation_fraction: float = Field(default=0.05, gt=0, lt=1, description="Share of groups, where none is given.")
    test_fraction: float = Field(default=0.05, gt=0, lt=1, description="Share of groups, where none is given.")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.prompt_field is None) != (self.answer_field is None):
            raise ValueError("prompt_field and answer_field go together")
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction + test_fraction must leave something to train on")
        return self


class FilesParams(RowParams):
    """Where plain files lie and how they become documents."""

    path: Patterns = Field(default=(), description="Files or globs to split by group; instead of train.")
    train: Patterns = Field(default=(), description="Files or globs of the train split.")
    validation: Patterns = Field(default=(), description="Files or globs; absent: a share of the groups of train.")
    test: Patterns = Field(default=(), description="Files or globs; absent: a share of the groups of train.")
    format: Format | None = Field(default=None, description="Format of the files; absent: by their suffix.")
    document_separator: Literal["blank-line", "line", "file"] = Field(
        default="blank-line", description="What ends a document in a txt file."
    )
    group_by: Literal["document", "file"] = Field(
        default="document", description="What stays in one split where there is no `group_field`."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.path) == bool(self.train):
            raise ValueError("give either path, to be split by group, or train")
        if self.path and (self.validation or self.test):
            raise ValueError("validation and test go with train, not with path")
        return self


class HubParams(RowParams):
    """A data set of the hub at one commit, or a local directory in the hub's layout."""

    dataset: str = Field(description="Id on the hub (`owner/name`), or a local directory.")
    revision: str | None = Field(
        default=None, pattern="^[0-9a-f]{40}$", description="Commit sha; required unless `dataset` is a directory."
    )
    config: str | None = Field(default=None, description="Configuration of the data set, where it has several.")
    train: str = Field(default="train", description="Name of its train split.")
    validation: str | None = Field(default=None, description="Name of its validation split; absent: a share of train.")
    test: str | None = Field(default=None, description="Name of its test split; absent: a share of train.")


def find_files(params: FilesParams, split: Split) -> list[Path]:
    """Return the files named for ``split``, sorted and without repeats; those of ``path`` count as train.

    Raises:
        UserError: A pattern matches no file.
    """
    patterns = (params.path or params.train) if split == "train" else getattr(params, split)
    found = {path for pattern in patterns for path in _matches(pattern, split)}
    return sorted(found, key=lambda path: path.as_posix())


def _matches(pattern: str, split: Split) -> list[Path]:
    files = [Path(name) for name in glob.glob(str(Path(pattern).expanduser()), recursive=True)]  # noqa: PTH207 - absolute patterns
    files = [path for path in files if path.is_file()]
    if not files:
        raise UserError(
            f"{pattern!r} matches no file", where=f"files: {split}", expected=f"a file, or a glob, from {Path.cwd()}"
        )
    return files


def file_format(path: Path, params: FilesParams) -> Format:
    """Return the declared format, or the one that the suffix says.

    Raises:
        UserError: Neither is known.
    """
    known = params.format or SUFFIXES.get(path.suffix.lower())
    if known is None:
        raise UserError(
            f"the suffix {path.suffix!r} says no format", where=str(path), expected="format: txt, jsonl or parquet"
        )
    return known


@dataclass(frozen=True)
class HashedFile:
    """A file by what is in it; files sort by that, so that names decide nothing."""

    sha256: str
    format: Format
    path: Path


def hashed_files(params: FilesParams, split: Split) -> list[HashedFile]:
    """Return the files named for ``split`` in the order of their hashes, whatever they are called.

    Raises:
        UserError: A pattern matches no file, a file cannot be read or has no format, or all of them are empty.
    """
    paths = find_files(params, split)
    _check_not_empty(paths)
    found = [HashedFile(_sha256(path), file_format(path, params), path) for path in paths]
    return sorted(found, key=lambda file: (file.sha256, file.format))


def _check_not_empty(paths: list[Path]) -> None:
    if paths and not any(path.stat().st_size for path in paths):
        raise UserError("is empty", where=str(paths[0]), expected="files with at least one document in each split")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path), expected="a readable file") from error


def hash_files_params(params: BaseModel) -> dict[str, str]:
    """Identify plain files by split and content: moving or renaming them changes nothing."""
    assert isinstance(params, FilesParams)
    _check_disjoint({split: find_files(params, split) for split in SPLITS})
    by_split = {split: hashed_files(params, split) for split in SPLITS}
    return {split: digest([[file.format, file.sha256] for file in files]) for split, files in by_split.items() if files}


def _check_disjoint(by_split: dict[Split, list[Path]]) -> None:
    owner: dict[Path, Split] = {}
    for split, paths in by_split.items():
        for path in paths:
            other = owner.setdefault(path.resolve(), split)
            if other != split:
                raise UserError(
                    f"a file of {other} and of {split}", where=str(path), expected="each file in one split only"
                )


def measure_files(params: BaseModel) -> int | None:
    """Return the train split's bytes where whole txt files make it; None where only reading would tell."""
    assert isinstance(params, FilesParams)
    paths = find_files(params, "train")
    whole = params.train and params.validation and params.test
    if not whole or any(file_format(path, params) != "txt" for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)


def hash_hub_params(params: BaseModel) -> dict[str, str]:
    """Identify a hub data set by its commit, a local directory by its files' contents and names within it.

    Raises:
        UserError: Neither a directory nor a commit is given.
    """
    assert isinstance(params, HubParams)
    directory = Path(params.dataset).expanduser()
    if directory.is_dir():
        files = sorted(path for path in directory.rglob("*") if path.is_file() and not _hidden(path, directory))
        _check_not_empty(files)
        return {path.relative_to(directory).as_posix(): _sha256(path) for path in files}
    if params.revision is None:
        raise UserError(
            f"{params.dataset!r} has no revision and is no directory",
            where="hub: revision",
            expected="the commit sha, 40 hex digits, that the data set's page lists under Files and versions",
        )
    return {"dataset": params.dataset, "revision": params.revision}


def _hidden(path: Path, directory: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(directory).parts)


DOMAINS = (
    DomainDefinition(
        name="procedural-general",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:General",
        description="A made-up language of 126 words, subject first: the general corpus of smoke.",
        licence="CC0-1.0",
        content_hash="365ab41c545b4afd63ce928d3ba49db139a674497cac3b6ac2949413418dd830",
        train_bytes=432_547,
    ),
    DomainDefinition(
        name="procedural-target",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:Target",
        description="The same lexicon, verb first and with other themes: the target of smoke.",
        licence="CC0-1.0",
        content_hash="03aec16cb6d9e9e24e232cd1237b6354d4be625bb8720e2f95ad0a86298ec46f",
        train_bytes=101_910,
    ),
    DomainDefinition(
        name="procedural-downstream",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:Downstream",
        description="Questions in the same lexicon, each word answered by its quality: the downstream task of smoke.",
        licence="CC0-1.0",
        content_hash="1df7676c89ed95fa5d89f308dae78cb4ec5842871d61b38a689b3e07b74ebe64",
        train_bytes=149_278,
        tasks=("procedural_downstream_choice",),
    ),
    DomainDefinition(
        name="files",
        version="2",
        implementation="earlyexp_bench.builtin._files:Files",
        description="Your own txt, jsonl or parquet files, described in YAML alone.",
        licence="that of the files",
        params=FilesParams,
        hash_inputs=hash_files_params,
        located_by=frozenset({"path", "train", "validation", "test"}),
        measure_train_bytes=measure_files,
    ),
    DomainDefinition(
        name="hub",
        version="1",
        implementation="earlyexp_bench.builtin._hub:Hub",
        description="A data set of the Hugging Face hub at one commit, or a local directory in its layout.",
        licence="that of the data set",
        params=HubParams,
        hash_inputs=hash_hub_params,
        located_by=frozenset({"dataset"}),
    ),
)
