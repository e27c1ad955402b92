import os
import subprocess
import sys
import time

import pytest

from earlyexp_bench.contracts import StoreError

KEY = "a" * 64
TAKE = f"""
import os, sys, time
from pathlib import Path
from earlyexp_bench.store import Store
time.sleep(max(0, float(os.environ.get("START", 0)) - time.time()))
lease = Store(Path(os.environ["ROOT"])).lease("{KEY}")
"""


def age(lease, seconds):
    then = time.time() - seconds
    os.utime(lease.path, (then, then))


def test_only_one_holder_at_a_time(store):
    lease = store.lease(KEY)
    assert lease.renew() and store.lease(KEY) is None
    lease.release()
    assert store.lease(KEY) is not None


def test_a_lease_without_heartbeat_is_taken_over_and_its_former_owner_notices(store):
    first = store.lease(KEY)
    age(first, 61)
    second = store.lease(KEY)
    assert second is not None and not first.renew()
    first.release()
    assert second.held()


def test_a_heartbeat_keeps_a_lease(store):
    lease = store.lease(KEY)
    age(lease, 61)
    assert lease.renew() and store.lease(KEY) is None


def test_the_lease_of_a_dead_process_on_this_machine_is_stale_at_once(store):
    subprocess.run([sys.executable, "-c", TAKE], check=True, env={**os.environ, "ROOT": str(store.root)})
    assert store.lease(KEY) is not None


def test_a_dead_process_id_of_another_machine_says_nothing(store):
    lease = store.lease(KEY)
    lease.path.write_text('{"machine": "elsewhere", "pid": 999999999, "nonce": "x"}')
    assert store.lease(KEY) is None


def test_a_stale_lease_goes_to_exactly_one_of_many(store):
    age(store.lease(KEY), 3600)
    command = [sys.executable, "-c", TAKE + "print(lease is not None, flush=True); sys.stdin.read()"]
    environment = {**os.environ, "ROOT": str(store.root), "START": str(time.time() + 1.0)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    rivals = [subprocess.Popen(command, env=environment, **pipes) for _ in range(6)]
    answers = [rival.stdout.readline().strip() for rival in rivals]
    for rival in rivals:
        rival.communicate()
    assert sorted(answers) == ["False"] * 5 + ["True"]


def test_an_unreadable_lease_is_named(store):
    lease = store.lease(KEY)
    lease.path.write_text("{")
    with pytest.raises(StoreError, match="delete it if no launcher runs"):
        store.lease(KEY)
