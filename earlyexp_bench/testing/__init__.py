"""What an author checks a plugin with."""

from earlyexp_bench.testing.plugin_tests import conformance_tests

__all__ = ["conformance_tests"]
