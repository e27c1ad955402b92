"""The executor's own contract, whoever drives it."""

import os
import sys
import time

import pytest

from earlyexp_bench.contracts import Executor, Resources
from earlyexp_bench.execute import LocalExecutor


@pytest.fixture(params=["fork", "spawn"])
def local(request, worker_command):
    executor = LocalExecutor(command=worker_command, start_method=request.param)
    yield executor
    executor.close()


def test_it_is_an_executor(local):
    assert isinstance(local, Executor)


def test_submit_returns_at_once_and_poll_tells_the_end(store, make, local, until):
    good, bad = (store.open_stage(make(do=do).spec) for do in ("pause", "crash"))
    jobs = [local.submit(directory, Resources()) for directory in (good, bad)]
    assert local.poll(jobs[0]).state == "running"
    until(lambda: local.poll(jobs[0]).state == "done")
    until(lambda: local.poll(jobs[1]).state == "failed")
    assert local.poll(jobs[1]).detail == "exit code 1"


def test_cancelled_and_closed_jobs_have_failed_and_cancelling_again_is_harmless(store, make, local, until, alive):
    directories = [store.open_stage(make(do="hang", value=i).spec) for i in range(2)]
    first, second = (local.submit(directory, Resources()) for directory in directories)
    until(lambda: all((d / "pids").exists() and len((d / "pids").read_text().split()) == 2 for d in directories))
    pids = [int(pid) for directory in directories for pid in (directory / "pids").read_text().split()]
    local.cancel(first)
    until(lambda: local.poll(first).state == "failed")
    local.cancel(first)
    assert local.poll(second).state == "running"
    local.close()
    assert local.poll(second).state == "failed"
    until(lambda: not any(alive(pid) for pid in pids))


def test_watching_a_long_stage_costs_less_than_two_percent_of_a_core(store, make, local, until):
    job = local.submit(store.open_stage(make(do="hang").spec), Resources())
    until(lambda: any((store.root / "work").glob("*/pids")))
    cpu, wall = time.process_time(), time.monotonic()
    while time.monotonic() - wall < 1:
        local.poll(job)
        time.sleep(0.02)
    assert time.process_time() - cpu < 0.02


def test_a_server_that_cannot_start_is_explained(store, make, until, worker_command):
    broken = LocalExecutor(command=(worker_command[0], "-c", "raise SystemExit('no such interpreter option')"))
    job = broken.submit(store.open_stage(make().spec), Resources())
    until(lambda: broken.poll(job).state == "failed")
    if os.name == "posix" and broken.start_method == "fork":
        assert "no such interpreter option" in broken.poll(job).detail
    broken.close()


RANK = """
import os, sys
from pathlib import Path
said = f"{os.environ['WORLD_SIZE']} {sys.flags.safe_path} {os.environ.get('ACCELERATE_USE_FSDP')}"
(Path(sys.argv[1]) / f"rank-{os.environ['RANK']}").write_text(said)
"""


@pytest.mark.slow
def test_ranks_are_torchruns_own_whatever_the_shell_says(store, make, until, tmp_path, monkeypatch):
    (tmp_path / "rank.py").write_text(RANK)
    for name, value in {"RANK": "5", "WORLD_SIZE": "9", "MASTER_ADDR": "10.0.0.1", "ACCELERATE_USE_FSDP": "1"}.items():
        monkeypatch.setenv(name, value)
    executor = LocalExecutor(command=(sys.executable, str(tmp_path / "rank.py")))
    directory = store.open_stage(make().spec)
    job = executor.submit(directory, Resources(processes=2))
    until(lambda: executor.poll(job).state != "running", seconds=120)
    assert executor.poll(job).state == "done", (directory / "log.txt").read_text()
    assert {path.name: path.read_text() for path in directory.glob("rank-*")} == {
        "rank-0": "2 True None",
        "rank-1": "2 True None",
    }
    executor.close()
