from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_executors(register):
    import pyarrow

    register(pyarrow.__name__, print)
