"""The benchmark that a call names, with its recipes and overrides."""

from earlyexp_bench.api.options import Options
from earlyexp_bench.spec import LoadedBenchmark, load_benchmark


def load(options: Options) -> LoadedBenchmark:
    """Read and validate what the options name.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    return load_benchmark(options.benchmark, recipes=options.recipes, overrides=options.overrides)
