"""One worker per stage directory, even when a launcher is gone and its job on a cluster is not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from earlyexp_bench.contracts import StageSpec
from earlyexp_bench.store import Lease, Store

HEARTBEAT = 10.0


@contextmanager
def exclusive(store: Store, spec: StageSpec) -> Iterator[None]:
    """Hold the right to write the stage's directory; wait while another worker has it."""
    lease = _wait_for(store, f"{spec.key}.worker")
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(lease, stop), name="lease", daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        lease.release()


def _wait_for(store: Store, name: str) -> Lease:
    lease = store.lease(name)
    if lease is None:
        print("another worker holds this stage; waiting for it", flush=True)
    while lease is None:
        time.sleep(0.2)
        lease = store.lease(name)
    return lease


def _beat(lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT):
        lease.renew()
