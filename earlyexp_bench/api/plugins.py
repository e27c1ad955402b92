"""Whether a plugin keeps its promises, for programs."""

from earlyexp_bench.testing.conformance.check import Outcome, Problem
from earlyexp_bench.testing.conformance.run import check_plugin

__all__ = ["Outcome", "Problem", "check_plugin"]
