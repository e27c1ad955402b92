"""Which plain files a `files` domain reads, and what identifies them."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from earlyexp_bench.builtin.formats import READ, Encoding, encoding_of, one_name_each, real_file, sha256
from earlyexp_bench.builtin.globs import named_files
from earlyexp_bench.builtin.parameters import FilesParams
from earlyexp_bench.contracts import SPLITS, Split, UserError, digest


@dataclass(frozen=True)
class HashedFile:
    """A file by what is in it; files sort by that, so that names decide nothing."""

    sha256: str
    encoding: Encoding
    path: Path


def find_files(params: FilesParams, split: Split) -> list[Path]:
    """Return the files named for ``split``, sorted, each real file once; those of ``path`` count as train.

    Raises:
        UserError: A pattern matches no file, or something that is none.
    """
    patterns = (params.path or params.train) if split == "train" else getattr(params, split)
    found = {path for pattern in patterns for path in named_files(pattern, pattern.folder)}
    return one_name_each(sorted(found, key=Path.as_posix))


def file_encoding(path: Path, params: FilesParams) -> Encoding:
    """Return how a file is read: as declared, or as its suffix says.

    Raises:
        UserError: Neither is known.
    """
    known = encoding_of(path, params.format)
    # What people call .csv is too many things: whoever has a table in text says which.
    if known is None or (params.format is None and known.format in ("csv", "tsv")):
        said = f"the suffix {path.suffix!r} says no format"
        raise UserError(said, where=str(path), expected=f"a suffix of txt, jsonl or parquet, or `format:` with {READ}")
    return known


def hashed_files(paths: list[Path], params: FilesParams) -> list[HashedFile]:
    """Return a split's files in the order of their hashes, whatever they are called.

    Raises:
        UserError: A file cannot be read or has no format, or all of them are empty.
    """
    if paths and not any(path.stat().st_size for path in paths):
        raise UserError("is empty", where=str(paths[0]), expected="files with at least one document in each split")
    found = [HashedFile(sha256(path), file_encoding(path, params), path) for path in paths]
    return sorted(found, key=lambda file: (file.sha256, str(file.encoding)))


def hash_files_params(params: BaseModel) -> dict[str, str]:
    """Identify plain files by split and content: moving or renaming them changes nothing."""
    assert isinstance(params, FilesParams)
    named = {split: find_files(params, split) for split in SPLITS}
    check_disjoint(named)
    by_split = {split: hashed_files(paths, params) for split, paths in named.items()}
    return {
        split: digest([[str(file.encoding), file.sha256] for file in files])
        for split, files in by_split.items()
        if files
    }


def check_disjoint(by_split: dict[Split, list[Path]]) -> None:
    """Refuse a file, under whatever name, that is in two splits."""
    owner: dict[tuple[int, int], Split] = {}
    for split, paths in by_split.items():
        for path in paths:
            other = owner.setdefault(real_file(path), split)
            if other != split:
                raise UserError(
                    f"a file of {other} and of {split}", where=str(path), expected="each file in one split only"
                )


def measure_files(params: BaseModel) -> int | None:
    """Return the train split's bytes where whole txt files make it; None where only reading would tell."""
    assert isinstance(params, FilesParams)
    paths = find_files(params, "train")
    whole = params.train and params.validation and params.test
    if not whole or any(file_encoding(path, params) != Encoding("txt") for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)
