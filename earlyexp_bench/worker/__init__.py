"""Runs one stage directory; the only part of the house where torch lives.

Three ways in: ``python -m earlyexp_bench.worker DIR`` runs one stage, ``--serve`` forks one process per stage from
one that has imported everything, ``--probe`` checks a model configuration.
"""

from earlyexp_bench.worker.main import main

__all__ = ["main"]
