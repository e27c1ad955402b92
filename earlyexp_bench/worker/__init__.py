"""Runs one stage directory; the only part of the house where torch lives.

Three ways in: ``python -P -m earlyexp_bench.worker DIR`` runs one stage, ``--serve`` forks one process per stage from
one that has imported everything, ``--probe`` checks a model configuration. Nothing is imported here: the process is
started over first where its surroundings are not a worker's.
"""
