"""For authors of domains: read a data package, split its documents without near twins, build four-way questions."""

from earlyexp_bench.domains.apart import without_twins
from earlyexp_bench.domains.choices import CHOICES, four_way_task, matched_choices
from earlyexp_bench.domains.package_data import DataPackage, hash_package_data
from earlyexp_bench.domains.splits import Splits, hash_order, split_documents
from earlyexp_bench.domains.twins import character_windows, default_fingerprint, near_twins

__all__ = [
    "CHOICES",
    "DataPackage",
    "Splits",
    "character_windows",
    "default_fingerprint",
    "four_way_task",
    "hash_order",
    "hash_package_data",
    "matched_choices",
    "near_twins",
    "split_documents",
    "without_twins",
]
