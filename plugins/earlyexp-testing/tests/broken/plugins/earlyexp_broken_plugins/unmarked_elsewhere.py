from earlyexp_broken_plugins.unmarked import register_benchmarks

__all__ = ["register_benchmarks"]
