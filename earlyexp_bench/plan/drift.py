"""Software is recorded, not hashed: a stored result made with other versions is used, and said to be so."""

import earlyexp_bench
from earlyexp_bench.contracts import Record, library_versions


def drift(record: Record) -> str:
    """Say which software a record was made with that is not what is installed here; empty where all is the same."""
    differing = [
        f"{name} {then} (here {now})"
        for name, now in {"package": earlyexp_bench.__version__, **library_versions()}.items()
        if (then := record.environment.get(name)) not in (None, now)
    ]
    return f"made with {', '.join(differing)}" if differing else ""
