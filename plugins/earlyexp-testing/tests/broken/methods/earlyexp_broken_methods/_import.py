"""Reaches for the network when it is imported, and takes no for an answer."""

import contextlib
import socket

from earlyexp_broken_methods._method import SoundPenalty as NetworkSocketInImport

with contextlib.suppress(OSError):
    socket.create_connection(("192.0.2.1", 80), timeout=1)

__all__ = ["NetworkSocketInImport"]
