from earlyexp_bench.hooks import hookimpl


@hookimpl
def register_benchmarks(register):
    pass
