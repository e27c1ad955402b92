from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_executors(register):
    pass
