"""A data set of the hub as the files of one commit."""

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from huggingface_hub import get_cached_repo_tree, snapshot_download
from huggingface_hub.errors import CachedRepoTreeNotFoundError

from earlyexp_bench.builtin.formats import COMPRESSIONS, SUFFIXES
from earlyexp_bench.builtin.hub_card import CARDS, Layout, read_layout
from earlyexp_bench.builtin.parameters import HubParams
from earlyexp_bench.contracts import UserError

_SHARD = re.compile(r"(\d{5})-of-(\d{5})")


def whole_snapshot(params: HubParams) -> Path:
    """Return the folder of a data set at its commit, with every file that its configuration needs.

    What is missing is downloaded, unless ``HF_HUB_OFFLINE`` forbids it; no other commit ever stands in for it.

    Raises:
        UserError: The commit cannot be had, or was downloaded in part. Where the cache has no list of the commit's
            files, a part is known by an unfinished download and by numbered files of which some are missing.
    """
    folder = _download(params, [*CARDS, f"{params.dataset.rpartition('/')[2]}.py"])
    patterns = _wanted(read_layout(folder, params.config), params)
    folder = _download(params, patterns)
    if not _is_listed(params):
        _check_whole(folder, patterns, _where(params))
    return folder


def _download(params: HubParams, patterns: list[str]) -> Path:
    try:
        found = snapshot_download(
            params.dataset, repo_type="dataset", revision=params.revision, allow_patterns=patterns
        )
    except Exception as error:  # whatever the hub, its client or the network have to say
        raise UserError(
            f"cannot be had from the hub: {' '.join(str(error).split())}",
            where=_where(params),
            expected="a data set and a commit that exist; without network, one that was downloaded before",
        ) from error
    return Path(found)


def _wanted(layout: Layout, params: HubParams) -> list[str]:
    """Return patterns of all files that may be read, in a form whose ``*`` stands for folders too."""
    folder = PurePosixPath(layout.folder)
    if layout.patterns is None:
        packed = ("", *COMPRESSIONS)
        return [str(folder / f"*{suffix}{ending}") for suffix in SUFFIXES for ending in packed]
    splits = (params.train, params.validation, params.test)
    written = [pattern for split in splits if split for pattern in layout.patterns.get(split, ())]
    return [str(folder / pattern).replace("**/", "*") for pattern in written]


def _is_listed(params: HubParams) -> bool:
    """Tell whether the cache knows the commit's files, so that the hub's client has checked that all are there."""
    try:
        get_cached_repo_tree(params.dataset, repo_type="dataset", revision=params.revision)
    except CachedRepoTreeNotFoundError:
        return False
    return True


def _check_whole(folder: Path, patterns: list[str], where: str) -> None:
    unfinished = [f"{path.name} is not whole" for path in (folder.parent.parent / "blobs").glob("*.incomplete")]
    missing = [f"{name} is missing" for name in _missing_shards(folder, patterns)]
    if unfinished or missing:
        raise UserError(
            f"was downloaded in part: {min(missing or unfinished)}",
            where=where,
            expected="all of the commit: `hf download --repo-type dataset` with this revision, once more",
        )


def _missing_shards(folder: Path, patterns: list[str]) -> list[str]:
    """Return names of files that are not there, though others of the same count of files are."""
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))]
    wanted = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    numbered = [(name, found) for name in wanted if (found := _SHARD.search(name))]
    there = {(name[: found.start()], found[0]) for name, found in numbered}
    # One name stands for all of its count: what follows the number may be a hash that differs from file to file.
    counts = {(name[: found.start()], found[2]): name[found.end() :] for name, found in numbered}
    lacking = [
        f"{start}{index:05}-of-{count}{end}"
        for (start, count), end in counts.items()
        for index in range(int(count))
        if (start, f"{index:05}-of-{count}") not in there
    ]
    return [name for name in lacking if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _where(params: HubParams) -> str:
    return f"{params.dataset} at {params.revision}"
