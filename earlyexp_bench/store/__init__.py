"""Content-addressed records and artefacts; leases; integrity; garbage collection."""

from earlyexp_bench.store.collect import Garbage, collect, find_garbage
from earlyexp_bench.store.files import replacing, write_atomic, write_json
from earlyexp_bench.store.lease import STALE_AFTER, Lease
from earlyexp_bench.store.published import PublishedRecords
from earlyexp_bench.store.records import add_record, differing, read_records, write_records
from earlyexp_bench.store.store import Store, read_failure, write_failure
from earlyexp_bench.store.writable import require_writable, writing

__all__ = [
    "STALE_AFTER",
    "Garbage",
    "Lease",
    "PublishedRecords",
    "Store",
    "add_record",
    "collect",
    "differing",
    "find_garbage",
    "read_failure",
    "read_records",
    "replacing",
    "require_writable",
    "write_atomic",
    "write_failure",
    "write_json",
    "write_records",
    "writing",
]
