"""Files that are either whole or absent, and their hashes."""

import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def write_atomic(path: Path, text: str, *, durable: bool = True) -> None:
    """Write ``text`` under a temporary name and rename it to ``path``; ``durable`` waits for the disk before.

    Raises:
        OSError: With the path; nothing of the text is left then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        error.filename, error.filename2 = str(path), None  # a full disk names no file
        raise


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:  # noqa: ANN401 - any JSON value
    """Write ``value`` to ``path`` atomically.

    Raises:
        ValueError: ``value`` holds NaN or an infinity.
        TypeError: ``value`` is not JSON.
    """
    write_atomic(path, json.dumps(value, indent=1, allow_nan=False) + "\n", durable=durable)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content as 64 hex digits."""
    result = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            result.update(chunk)
    return result.hexdigest()


def flush(path: Path) -> None:
    """Wait until a file or directory is on the disk. Directories cannot be flushed on Windows."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(directory: Path) -> int:
    """Bytes of all files below ``directory``."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if not path.is_dir())
