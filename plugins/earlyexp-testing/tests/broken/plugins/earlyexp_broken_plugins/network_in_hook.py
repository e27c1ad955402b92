import contextlib
import socket

from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_executors(register):
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=0.01)
    register("network-in-hook", print)
