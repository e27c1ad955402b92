import itertools
import os

from earlyexp_bench.hooks import hookimpl

CALLS = itertools.count(1)


@hookimpl
def register_executors(register):
    if next(CALLS) > 1:
        os._exit(7)
    register("ends-its-process", print)
