"""For authors of domains: read a data package, split its documents without near twins, build four-way questions."""

from earlyexp_bench.domains.choices import CHOICES, four_way_task, matched_choices
from earlyexp_bench.domains.package_data import DataPackage
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
    "matched_choices",
    "near_twins",
    "split_documents",
]
