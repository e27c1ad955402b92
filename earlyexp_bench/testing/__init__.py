"""What an author checks a plugin with."""

from earlyexp_bench.testing.twins import default_fingerprint, near_twins

__all__ = ["default_fingerprint", "near_twins"]
