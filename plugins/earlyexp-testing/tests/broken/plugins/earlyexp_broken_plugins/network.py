import contextlib
import urllib.request

from earlyexp_bench.hooks import hookimpl

with contextlib.suppress(OSError):
    urllib.request.urlopen("http://192.0.2.1/latest-version", timeout=0.01)


@hookimpl
def register_executors(register):
    register("network", print)
