"""Files that a reader never sees half-written: the page may be open while results land."""

import secrets
from pathlib import Path


def replace_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name and rename it to ``path``. No fsync: everything can be rebuilt."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
