"""What a user writes, validated: benchmarks, recipes, overrides, and their JSON Schema."""

from earlyexp_bench.spec.filled import filled_in
from earlyexp_bench.spec.load import LoadedBenchmark, load_benchmark, protocol_hash
from earlyexp_bench.spec.models import Benchmark, Pipeline, Recipe, RecipeFile, Use
from earlyexp_bench.spec.yaml_source import Source, dump_yaml

__all__ = [
    "Benchmark",
    "LoadedBenchmark",
    "Pipeline",
    "Recipe",
    "RecipeFile",
    "Source",
    "Use",
    "dump_yaml",
    "filled_in",
    "load_benchmark",
    "protocol_hash",
]
