import time

from earlyexp_bench.hooks import hookimpl

time.sleep(0.2)


@hookimpl
def register_executors(register):
    register("sleeps", print)
