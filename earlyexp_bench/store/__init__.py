"""Content-addressed records and artefacts; leases; integrity; garbage collection."""

from earlyexp_bench.store.files import sha256, write_json
from earlyexp_bench.store.lease import Lease
from earlyexp_bench.store.store import Failure, Store

__all__ = ["Failure", "Lease", "Store", "sha256", "write_json"]
