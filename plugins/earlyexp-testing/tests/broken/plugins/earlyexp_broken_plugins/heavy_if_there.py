from earlyexp_bench.hooks import hookimpl

try:
    import tensorflow
except ImportError:
    tensorflow = None


@hookimpl
def register_executors(register):
    register("heavy-if-there", print)
