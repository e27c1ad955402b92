"""For authors of domains: read a data package, split documents without near duplicates, build four-way questions."""

from earlyexp_bench.domains.choices import four_way_task, matched_choices
from earlyexp_bench.domains.duplicates import character_windows, default_fingerprint, near_duplicates
from earlyexp_bench.domains.package_data import DataPackage, hash_package_data
from earlyexp_bench.domains.splits import Splits, hash_order, split_documents, without_near_duplicates

__all__ = [
    "DataPackage",
    "Splits",
    "character_windows",
    "default_fingerprint",
    "four_way_task",
    "hash_order",
    "hash_package_data",
    "matched_choices",
    "near_duplicates",
    "split_documents",
    "without_near_duplicates",
]
