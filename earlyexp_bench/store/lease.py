"""Leases: who is working on a stage, so that several launchers can share a store.

A lease is a small file whose modification time is the heartbeat. It is stale when its heartbeat is
older than ``STALE_AFTER`` seconds, or when its owner ran on this machine and is gone. Leases change hands
under one lock per store, which the operating system releases when its holder dies.
"""

import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import StoreError
from earlyexp_bench.store.files import write_atomic

STALE_AFTER = 60.0
WHOLE_STORE = "whole-store.json"


def machine() -> str:
    """Name of this machine, with the process namespace where there is one: containers may share a host name."""
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{namespace.readlink()}" if namespace.is_symlink() else socket.gethostname()


@dataclass(frozen=True)
class Lease:
    """The right to work on one stage, until released or stale. Renew it well within ``STALE_AFTER``."""

    path: Path
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def renew(self) -> bool:
        """Send a heartbeat; False when another launcher has taken the lease over."""
        if not self.held():
            return False
        os.utime(self.path)
        return True

    def held(self) -> bool:
        """Tell whether the lease is still ours."""
        owner = read_owner(self.path)
        return owner is not None and owner.get("nonce") == self.nonce

    def release(self) -> None:
        """Give the lease back; a no-op when it is not ours any more."""
        with _locked(self.path.parent):
            if self.held():
                self.path.unlink()


def take(directory: Path, key: str) -> Lease | None:
    """Take the lease of ``key``, also from an owner that is gone; None while another holds it, or the whole store."""
    directory.mkdir(parents=True, exist_ok=True)
    lease = Lease(directory / f"{key}.json")
    with _locked(directory):
        if not is_stale(lease.path) or not is_stale(directory / WHOLE_STORE):
            return None
        _write_owner(lease)
    return lease


def take_all(directory: Path) -> Lease:
    """Take the whole store, so that nobody can take a stage.

    Raises:
        StoreError: Somebody holds a lease.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lease = Lease(directory / WHOLE_STORE)
    with _locked(directory):
        for path in sorted(directory.glob("*.json")):
            if not is_stale(path):
                raise StoreError(f"a launcher or worker holds {path}; wait for it to end, or stop it")
        _write_owner(lease)
    return lease


def _write_owner(lease: Lease) -> None:
    owner = {"machine": machine(), "pid": os.getpid(), "nonce": lease.nonce}
    write_atomic(lease.path, json.dumps(owner), durable=False)


def is_stale(path: Path) -> bool:
    """Tell whether nobody holds the lease at ``path``."""
    owner = read_owner(path)
    if owner is None:
        return True
    if owner.get("machine") == machine() and not _alive(int(owner["pid"])):
        return True
    return _age(path) > STALE_AFTER


def read_owner(path: Path) -> dict[str, Any] | None:
    """Return who holds the lease at ``path``: machine, pid, nonce; None when it does not exist.

    Raises:
        StoreError: The file is not a lease.
    """
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreError(f"the lease {path} is unreadable ({error}); delete it if no launcher runs") from error
    if not isinstance(owner, dict) or not isinstance(owner.get("pid"), int):
        raise StoreError(f"the lease {path} names no owner; delete it if no launcher runs")
    return owner


def _age(path: Path) -> float:
    # Both times come from the file system that holds the lease: clocks of different machines differ.
    now = path.with_name(f".now.{secrets.token_hex(4)}")
    now.touch()
    try:
        return now.stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
    finally:
        now.unlink()


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # signal 0 would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    if sys.platform == "win32":  # stages do not run there
        yield
        return
    import fcntl

    with (directory / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
