"""Published cells, made again in a fresh store and compared with their records: what a stranger believes a board by."""

from earlyexp_bench.checking.check import check_benchmark
from earlyexp_bench.checking.compare import CheckedCell, LossDifference
from earlyexp_bench.checking.result import DIFFERENT, Checked

__all__ = ["DIFFERENT", "Checked", "CheckedCell", "LossDifference", "check_benchmark"]
