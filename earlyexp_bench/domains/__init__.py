"""For authors of domains: read a data package, split and order its documents, build four-way questions."""

from earlyexp_bench.domains.choices import CHOICES, four_way_task, matched_choices
from earlyexp_bench.domains.package_data import DataPackage
from earlyexp_bench.domains.splits import Splits, hash_order, split_documents

__all__ = [
    "CHOICES",
    "DataPackage",
    "Splits",
    "four_way_task",
    "hash_order",
    "matched_choices",
    "split_documents",
]
