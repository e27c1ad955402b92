from pathlib import Path

from earlyexp_bench.hooks import hookimpl

try:
    import tensorflow
except ImportError:
    tensorflow = None


@hookimpl
def register_benchmarks(register):
    register(Path("heavy-if-there.yaml"))
