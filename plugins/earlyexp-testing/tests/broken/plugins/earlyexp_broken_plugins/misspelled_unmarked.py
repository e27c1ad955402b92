from earlyexp_bench.hooks import hookimpl


def regster_methods(register):
    pass


@hookimpl
def register_executors(register):
    register("misspelled-unmarked", print)
