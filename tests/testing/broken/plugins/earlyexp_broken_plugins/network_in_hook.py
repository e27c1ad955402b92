import contextlib
import socket
from pathlib import Path

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=0.01)
    register(Path("network-in-hook.yaml"))
