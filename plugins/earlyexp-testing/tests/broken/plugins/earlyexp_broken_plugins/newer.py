from earlyexp_bench.hooks import hookimpl

api_version = 99


@hookimpl
def register_executors(register):
    register("newer", print)
