"""What an author checks a plugin with."""

from earlyexp_bench.testing.plugin_tests import conformance_tests
from earlyexp_bench.testing.twins import default_fingerprint, near_twins

__all__ = ["conformance_tests", "default_fingerprint", "near_twins"]
