"""Seeds Python's global generator when it is imported."""

import random

from earlyexp_broken_methods._method import SoundPenalty as SeedsPythonInImport

random.seed(0)

__all__ = ["SeedsPythonInImport"]
