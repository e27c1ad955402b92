"""Which files of a data set a `hub` domain reads, and what identifies them.

Rows are read from files alone: of a directory, which their hashes identify, or of one commit, which its sha does. Which
file is of which split follows the hub's own rules, as `datasets` has them, without its caches.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from earlyexp_bench.builtin.file_sources import check_disjoint
from earlyexp_bench.builtin.formats import READ, Encoding, Format, encoding_of, one_name_each, sha256
from earlyexp_bench.builtin.globs import expand, is_file
from earlyexp_bench.builtin.hub_card import Layout, read_layout
from earlyexp_bench.builtin.parameters import HubParams
from earlyexp_bench.contracts import Split, UserError, digest

_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]*/)?[\w.-]+")
_KEYWORDS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SHARDED = "data/{split}-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*"
_IN_FOLDER_NAME = (
    "**/{word}/**",
    "**/{word}[-._ 0-9]*/**",
    "**/*[-._ 0-9]{word}/**",
    "**/*[-._ 0-9]{word}[-._ 0-9]*/**",
)
_IN_FILE_NAME = ("**/{word}[-._ 0-9]*", "**/*[-._ 0-9]{word}[-._ 0-9]*")
_NO_DATA = {"README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}
_ABOUT = re.compile(r"(readme|licen[cs]e|notice|citation|changelog|contributing|requirements)\b", re.IGNORECASE)
_ALIKE: dict[Format, Format] = {"json": "jsonl", "tsv": "csv"}
_BUILDER = re.compile(r"\b(GeneratorBased|ArrowBased|Dataset|BeamBased)Builder\b")


@dataclass(frozen=True)
class DataFile:
    """One file of a split; ``name`` is its path inside the data set."""

    name: str
    path: Path
    encoding: Encoding


def local_directory(params: HubParams) -> Path | None:
    """Return the directory that the data set is, or None for one of the hub.

    Raises:
        UserError: It is neither; it is a directory and has a commit, or is of the hub and has none.
    """
    path = params.dataset.path
    if path.is_dir():
        if params.revision is None:
            return path
        right = "no `revision` for the directory; for the hub's, a benchmark file that lies elsewhere"
        raise UserError(f"{params.dataset!r} is a directory here, and has no commits", expected=right)
    if path.exists():
        raise UserError(
            f"{params.dataset!r} is a file", expected="a directory or an id on the hub; for files, `use: files`"
        )
    if not _HUB_ID.fullmatch(params.dataset):
        here = params.dataset.folder or Path.cwd()
        raise UserError(f"{params.dataset!r} is no directory and no id on the hub", expected=f"one, from {here}")
    if params.revision is None:
        raise UserError(
            f"{params.dataset!r} has no revision and is no directory",
            where="hub: revision",
            expected="the commit sha, 40 hex digits, that the data set's page lists under Files and versions",
        )
    return None


def hash_hub_params(params: BaseModel) -> dict[str, str]:
    """Identify a data set of the hub by its commit, a local directory by its data files and which split has which.

    Raises:
        UserError: Neither a directory nor a commit is given, or a split has no data file.
    """
    assert isinstance(params, HubParams)
    directory = local_directory(params)
    if directory is None:
        assert params.revision is not None
        return {"dataset": str(params.dataset), "revision": params.revision}
    by_split = data_files(directory, params)
    asked_files(by_split, params)
    read = {file.name: sha256(file.path) for files in by_split.values() for file in files}
    layout = {split: [[file.name, str(file.encoding)] for file in files] for split, files in by_split.items()}
    return {**read, "splits": digest(layout)}


def asked_files(by_split: dict[str, list[DataFile]], params: HubParams) -> dict[Split, list[DataFile]]:
    """Return the files of each split that ``params`` names.

    Args:
        by_split: The data set's files by its own names of splits.
        params: Which of these are train, validation and test.

    Raises:
        UserError: A split has no data file, or a file is of two splits.
    """
    names: dict[Split, str | None] = {"train": params.train, "validation": params.validation, "test": params.test}
    asked = {split: _files_of(by_split, name, params.dataset) for split, name in names.items() if name}
    check_disjoint({split: [file.path for file in files] for split, files in asked.items()})
    return asked


def _files_of(by_split: dict[str, list[DataFile]], name: str, where: str) -> list[DataFile]:
    if not by_split.get(name):
        there = ", ".join(repr(split) for split, files in by_split.items() if files)
        said = f"split {name!r} cannot be loaded: it has no data file"
        raise UserError(said, where=where, expected=f"one of {there}")
    return by_split[name]


def data_files(directory: Path, params: HubParams) -> dict[str, list[DataFile]]:
    """Return the data files of every split of a configuration, in the order in which they are read.

    Links are followed, and of several names of one real file in a split the first counts; at a commit each name does,
    because the hub's cache keeps equal files once.

    Raises:
        UserError: The card cannot be used; there is a loading script, or no file of a format that is read.
    """
    _refuse_scripts(directory, params.dataset)
    _refuse_unfinished(directory)
    layout = read_layout(directory, params.config)
    base = directory / layout.folder
    patterns = layout.patterns or _default_patterns(base)
    matched = {split: _data_of(_matches(base, globs)) for split, globs in patterns.items()}
    if not any(matched.values()):
        raise _nothing_to_read(directory, base)
    return {
        split: [
            DataFile(path.relative_to(directory).as_posix(), path, _as_table(encodings[path], layout))
            for path in (encodings if params.revision else one_name_each(encodings))
        ]
        for split, encodings in matched.items()
    }


def _refuse_scripts(directory: Path, dataset: str) -> None:
    """Refuse a data set that a script would have to load: no script is ever run.

    Raises:
        UserError: There is one; it names the file.
    """
    names = {Path(dataset).name, directory.resolve().name}
    for path in sorted(directory.glob("*.py")):
        if is_file(path) and (
            path.stem in names or _BUILDER.search(path.read_text(encoding="utf-8", errors="replace"))
        ):
            raise UserError(
                "is a loading script, and code that comes with data is never run",
                where=str(path),
                expected="data files: on the hub often another commit, or the branch refs/convert/parquet, has them",
            )


def _refuse_unfinished(directory: Path) -> None:
    """Refuse what `hf download --local-dir` left when it was stopped."""
    for path in sorted((directory / ".cache" / "huggingface").rglob("*.incomplete")):
        right = "the same download once more, to its end; or this file deleted, if it is of another one"
        raise UserError("is of a download that was stopped", where=str(path), expected=right)


def _nothing_to_read(directory: Path, base: Path) -> UserError:
    suffixes = sorted({path.suffix for path in _matches(base, ("**",)) if path.suffix})
    said = f"its files end in {', '.join(suffixes)}" if suffixes else "there are no files in it"
    return UserError(f"has no data file that is read here: {said}", where=str(directory), expected=READ)


def _default_patterns(base: Path) -> dict[str, tuple[str, ...]]:
    """Return patterns by split, as file and folder names tell them: the first of the hub's rules that finds data."""
    sharded = {path.name.rpartition("-of-")[0][:-6] for path in _matches(base, (_SHARDED.format(split="*"),))}
    if sharded:
        ordered = [*(name for name in _KEYWORDS if name in sharded), *sorted(sharded - set(_KEYWORDS))]
        return {split: (_SHARDED.format(split=split),) for split in ordered}
    for rule in (_IN_FOLDER_NAME, _IN_FILE_NAME):
        by_split = {split: tuple(p.format(word=w) for w in words for p in rule) for split, words in _KEYWORDS.items()}
        found = {split: globs for split, globs in by_split.items() if _data_of(_matches(base, globs))}
        if found:
            return found
    return {"train": ("**",)}


def _matches(base: Path, globs: tuple[str, ...]) -> list[Path]:
    """Return the files that patterns match, in the order of patterns, then of names."""
    found = (
        path
        for pattern in globs
        for path in sorted(set(expand(pattern, base, passed_over=(".", "__"))), key=Path.as_posix)
        if (path.name not in _NO_DATA or path.name == Path(pattern).name) and is_file(path)
    )
    return list(dict.fromkeys(found))


def _data_of(paths: list[Path]) -> dict[Path, Encoding]:
    """Return what is data, with how it is read; papers that come with data are none, nor is .md beside other data.

    Raises:
        UserError: There are data of several formats.
    """
    known = {path: found for path in paths if not _ABOUT.match(path.name) and (found := encoding_of(path))}
    data = {path: found for path, found in known.items() if path.suffix.lower() not in (".md", ".text")} or known
    kinds = {_ALIKE.get(found.format, found.format): path for path, found in data.items()}
    if len(kinds) > 1:
        raise UserError(
            f"data files of several formats in one split: {', '.join(path.name for path in kinds.values())}",
            where=str(next(iter(data)).parent),
            expected="one format a split; `configs` in README.md can name its files, and so can `use: files`",
        )
    return data


def _as_table(encoding: Encoding, layout: Layout) -> Encoding:
    table = layout.table if encoding.format in ("csv", "tsv") else None
    return replace(encoding, format=table or encoding.format)
