from earlyexp_bench.hooks import hookimpl


@hookimpl(specname="register_executors")
def benchmarks(register):
    register("sound-name", print)
