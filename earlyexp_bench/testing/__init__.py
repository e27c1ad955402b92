"""What an author checks a plugin with."""

from earlyexp_bench.testing.domains import domain_problems, hash_in_new_process, heavy_imports
from earlyexp_bench.testing.twins import default_fingerprint, near_twins

__all__ = ["default_fingerprint", "domain_problems", "hash_in_new_process", "heavy_imports", "near_twins"]
