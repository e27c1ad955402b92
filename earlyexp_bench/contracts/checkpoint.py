"""What a checkpoint to start from is, by its content: its weights with their configuration, and its tokenizer."""

import re
from dataclasses import dataclass
from pathlib import Path

from earlyexp_bench.contracts.errors import UserError
from earlyexp_bench.contracts.files import file_sha256
from earlyexp_bench.contracts.paths import DataPath

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True)
class CheckpointIdentity:
    """What a checkpoint is, wherever it lies.

    Attributes:
        weights: File name to SHA-256 of weights and configuration; of a hub's, ``repository`` and ``revision``.
        tokenizer: The same of the tokenizer's files.
    """

    weights: dict[str, str]
    tokenizer: dict[str, str]


def identify_checkpoint(source: str, revision: str | None, folder: Path | None = None) -> CheckpointIdentity:
    """Identify a directory in ``save_pretrained`` layout by its files, or a checkpoint of the hub by its commit.

    Args:
        source: The directory, or an id on the hub.
        revision: Commit of the hub's.
        folder: Where a relative directory starts; None: where the process works.

    Raises:
        UserError: It is neither, a file is missing, or the hub's has no commit sha.
    """
    directory, here = DataPath(source, folder).path, folder or Path.cwd()
    if directory.is_dir():
        return _identify_directory(directory)
    if not _HUB_ID.fullmatch(source):
        raise UserError(
            f"{source!r} is no directory and no id on the hub",
            where="init_from",
            expected=f"a directory that save_pretrained wrote, from {here}, or `owner/name` with a `revision`",
        )
    if revision is None or not _COMMIT.fullmatch(revision):
        said = (
            "has no revision" if revision is None else f"has the revision {revision!r}, which may come to mean another"
        )
        raise UserError(
            f"{source!r} is no directory, and {said}",
            where="revision",
            expected="the commit sha, 40 hex digits, that the model's page lists under Files and versions",
        )
    commit = {"repository": source, "revision": revision}
    return CheckpointIdentity(commit, commit)


def refuse_adapter(directory: Path) -> None:
    """Refuse a folder that holds an adapter, beside weights or alone: it would change them when they are loaded.

    Raises:
        UserError: It does.
    """
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if (directory / name).is_file():
            raise UserError(
                "is an adapter, not weights to start from",
                where=str(directory / name),
                expected="a folder with the merged model: `model.merge_and_unload().save_pretrained(FOLDER)` by peft",
            )


def _identify_directory(directory: Path) -> CheckpointIdentity:
    refuse_adapter(directory)
    weights = sorted(directory.glob("*.safetensors"))
    if not weights:
        raise UserError(
            "has no weights in safetensors",
            where=str(directory),
            expected="model.safetensors; save_pretrained writes it",
        )
    index = [path for path in directory.glob("*.safetensors.index.json")]
    tokenizer = [directory / name for name in _TOKENIZER if (directory / name).is_file() or name == "tokenizer.json"]
    return CheckpointIdentity(
        weights={path.name: _sha256(path) for path in [directory / "config.json", *index, *weights]},
        tokenizer={path.name: _sha256(path) for path in tokenizer},
    )


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise UserError(
            f"cannot be read: {error.strerror}",
            where=str(path),
            expected="a model and its fast tokenizer, both written there by save_pretrained",
        ) from error
