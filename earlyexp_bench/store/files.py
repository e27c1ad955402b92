"""Files that are either whole or absent."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary name to write to, which becomes ``path`` at the end; ``durable`` waits for the disk before.

    Raises:
        OSError: With the path; nothing of what was written is left then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield temporary
        if durable:
            flush(temporary)
        temporary.replace(path)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # a full disk names no file
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file that nobody sees half-written.

    Args:
        path: Where to.
        content: Bytes, or text to be written as UTF-8.
        durable: Wait for the disk; not needed for what can be made again.

    Raises:
        OSError: With the path; nothing of the content is left then.
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:  # noqa: ANN401 - any JSON value
    """Write ``value`` to ``path`` atomically.

    Raises:
        ValueError: ``value`` holds NaN or an infinity.
        TypeError: ``value`` is not JSON.
    """
    write_atomic(path, json.dumps(value, indent=1, allow_nan=False) + "\n", durable=durable)


def flush(path: Path) -> None:
    """Wait until a file or directory is on the disk. Directories cannot be flushed on Windows, nor files read-only."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
