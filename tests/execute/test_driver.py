"""What a user of `run` can count on, with toy stages in real worker processes."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, Runtime, StageFailure, StageSpec, StoreError, UserError
from earlyexp_bench.execute import (
    Blocked,
    DivergedAbove,
    Failed,
    Finished,
    Hit,
    LocalExecutor,
    Progress,
    Started,
    StrictCode,
    Waiting,
    run_stages,
)
from earlyexp_bench.execute.schedule import Schedule
from earlyexp_bench.store import Store


@dataclass(frozen=True)
class Planned:
    spec: StageSpec
    key: str
    priority: int = 0


def told(store: Store, node: Planned) -> dict:
    return json.loads(store.record("tokenizer", node.key).output.sha256)


def test_parents_run_before_children_and_their_results_reach_them(store, make, executor):
    a, b = make(value=1), make(value=2)
    c = make(a, b, value=10)
    events = []
    outcome = run_stages([c, a, b], store, executor, workers=2, on_event=events.append)
    assert set(outcome.finished) == {a.key, b.key, c.key} and outcome.ok
    assert told(store, c) == {"sum": 13}
    assert store.record("tokenizer", c.key).parent_weight_hashes == {
        "p0": store.record("tokenizer", a.key).weight_hashes["final"],
        "p1": store.record("tokenizer", b.key).weight_hashes["final"],
    }
    assert [type(e) for e in events if e.key == c.key][-1] is Finished


def test_second_run_only_hits(store, make, executor):
    a = make()
    b = make(a)
    run_stages([a, b], store, executor, workers=2)
    events = []
    outcome = run_stages([a, b], store, executor, workers=2, on_event=events.append)
    assert outcome.hits == [a.key, b.key] and outcome.finished == []
    assert {type(e) for e in events} == {Hit}


def test_lower_priority_number_runs_first(store, make, executor):
    nodes = [make(value=i, priority=-i) for i in range(5)]
    outcome = run_stages(nodes, store, executor, workers=1)
    assert outcome.finished == [node.key for node in reversed(nodes)]


def test_a_crash_leaves_its_log_blocks_what_is_below_and_the_rest_finishes(store, make, executor):
    bad = make(do="crash")
    child = make(bad)
    grandchild = make(child)
    good = make(make(value=3), value=4)
    others = [make(value=3), good]
    events = []
    outcome = run_stages([bad, child, grandchild, *others], store, executor, workers=2, on_event=events.append)
    assert set(outcome.finished) == {node.key for node in others}
    assert [failure.reason for failure in outcome.failed.values()] == ["RuntimeError: the toy broke"]
    assert list(outcome.failed) == [bad.key] and not outcome.ok and not outcome.mistakes
    assert outcome.blocked == {child.key: bad.key, grandchild.key: bad.key}
    assert [e.key for e in events if isinstance(e, Blocked)] == [child.key, grandchild.key]
    (failed,) = (e for e in events if isinstance(e, Failed))
    text = failed.log.read_text()
    assert "about to crash" in text and "RuntimeError: the toy broke" in text
    failure = store.failure(bad.key)
    assert failure.type == "RuntimeError" and "in crash" in failure.traceback


def test_a_failed_stage_is_tried_again_and_forgotten_when_it_works(store, make, executor):
    node = make(do="kill_itself")
    first = run_stages([node], store, executor, workers=1)
    assert first.failed[node.key].reason.startswith("killed by SIGKILL")
    assert run_stages([node], store, executor, workers=1).finished == [node.key]
    assert store.failure(node.key) is None


def test_a_diverged_stage_is_on_record_and_what_is_below_it_does_not_run(store, make, executor):
    bad = make(do="diverge")
    child = make(bad)
    for expected in ("finished", "hits"):
        events = []
        outcome = run_stages([bad, child], store, executor, workers=2, on_event=events.append)
        assert getattr(outcome, expected) == [bad.key] and outcome.ok
        assert outcome.diverged == {child.key: bad.key}
        assert DivergedAbove(child.key, bad.key) in events
    record = store.record("tokenizer", bad.key)
    assert (record.status, record.reason, record.outputs) == ("diverged", "loss was inf at step 3", ())


def test_a_record_that_is_not_json_is_a_crash_that_says_so(store, make, executor):
    spec = StageSpec(kind="pretrain", identity={"do": "not_a_number"})
    outcome = run_stages([Planned(spec, spec.key)], store, executor, workers=1)
    assert "is not JSON" in outcome.failed[spec.key].reason and not store.has("pretrain", spec.key)


def test_a_stage_that_leaves_what_another_kind_does_fails_by_its_name(store, make, executor):
    node = make(do="mistake")
    outcome = run_stages([node], store, executor, workers=1)
    assert re.search("the tokenizer stage returned .*, not a .* TokenizerOutput", outcome.failed[node.key].reason)
    assert not store.has("tokenizer", node.key)


def test_one_and_two_workers_give_the_same_records(tmp_path, make, worker_command):
    leaves = [make(value=i) for i in range(4)]
    nodes = [*leaves, make(*leaves[:2], value=10), make(*leaves, value=20)]
    records = []
    for workers, method in ((1, "fork"), (2, "fork"), (2, "spawn")):
        store = Store(tmp_path / f"{workers}{method}")
        executor = LocalExecutor(command=worker_command, start_method=method)
        run_stages(nodes, store, executor, workers=workers)
        executor.close()
        found = [store.record("tokenizer", node.key) for node in nodes]
        records.append([record.model_copy(update={"seconds": 0, "environment": {}}) for record in found])
    assert records[0] == records[1] == records[2]


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_forked_and_spawned_training_give_the_same_bits(tmp_path, worker_command, threads):
    spec = StageSpec(kind="pretrain", identity={"do": "train"}, numerics={"cpu_threads": threads}, seed=0)
    results = []
    for method in ("fork", "spawn"):
        store = Store(tmp_path / method)
        preload = {"TOY_PRELOAD": "torch"}
        executor = LocalExecutor(threads, start_method=method, command=worker_command, environment=preload)
        run_stages([Planned(spec, spec.key)], store, executor, workers=1)
        executor.close()
        results.append(store.record("pretrain", spec.key).output)
    assert results[0] == results[1] and results[0].steps == threads


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_see_the_pinned_environment(store, make, worker_command, method):
    node = make(do="tell_environment")
    executor = LocalExecutor(
        command=worker_command, start_method=method, cpu_threads=1, environment={"HF_HUB_OFFLINE": "1"}
    )
    run_stages([node], store, executor, workers=1)
    executor.close()
    assert told(store, node) == {
        "sum": 0,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
    }


def test_records_say_where_they_were_made(store, make, executor):
    node = make()
    run_stages([node], store, executor, workers=1)
    environment = store.record("tokenizer", node.key).environment
    assert {"package", "git", "python", "torch", "platform", "device", "distributions"} <= set(environment)
    assert environment["peak_memory_bytes"] > 1_000_000


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_killing_the_driver_leaves_no_process_and_the_next_run_resumes(
    store, make, driver_command, until, alive, executor, method
):
    node = make(do="hang")
    driver = subprocess.Popen(driver_command(store, [node], "1", method), stdout=subprocess.PIPE)
    pids_file = store.work_directory(node.key) / "pids"
    until(lambda: pids_file.exists() and len(pids_file.read_text().split()) == 2)
    pids = [int(pid) for pid in pids_file.read_text().split()]
    assert all(alive(pid) for pid in pids)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    until(lambda: not any(alive(pid) for pid in pids), seconds=5)
    assert run_stages([node], store, executor, workers=1).finished == [node.key]
    assert told(store, node)["resumed_from"] == "7"
    assert not (store.directory("tokenizer", node.key) / "half_written").exists()
    assert not (store.directory("tokenizer", node.key) / "checkpoint").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_at_once_and_gives_its_stages_back(
    store, make, driver_command, until, alive, executor, number
):
    node = make(do="hang")
    driver = subprocess.Popen(driver_command(store, [node], "1"), stdout=subprocess.PIPE, text=True)
    pids_file = store.work_directory(node.key) / "pids"
    until(lambda: pids_file.exists() and len(pids_file.read_text().split()) == 2)
    pids = [int(pid) for pid in pids_file.read_text().split()]
    driver.send_signal(number)
    printed, _ = driver.communicate(timeout=60)
    assert "interrupted" in printed and driver.returncode == 130
    assert not any(alive(pid) for pid in pids)
    lease = store.lease(node.key)
    assert lease is not None and store.failure(node.key) is None
    lease.release()
    assert run_stages([node], store, executor, workers=1).finished == [node.key]


def test_killing_the_fork_server_fails_what_ran_and_the_next_stage_gets_a_new_one(store, make, executor, until):
    hanging, after = make(do="hang"), make(value=5, priority=1)

    pids = store.work_directory(hanging.key) / "pids"

    def kill_server(event):
        if isinstance(event, Progress) and event.key == hanging.key:
            until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
            os.kill(parent_of(int(pids.read_text().split()[0])), signal.SIGKILL)

    def parent_of(pid):
        shown = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True)
        return int(shown.stdout)

    outcome = run_stages([hanging, after], store, executor, workers=1, on_event=kill_server)
    assert "fork server ended" in outcome.failed[hanging.key].reason and outcome.finished == [after.key]
    assert run_stages([hanging], store, executor, workers=1).finished == [hanging.key]


def test_two_launchers_run_each_stage_once(store, make, driver_command, tmp_path):
    counter = tmp_path / "count"
    runtime = {"data_directory": str(counter)}
    leaves = [make(do="pause", value=i, runtime=runtime) for i in range(4)]
    nodes = [*leaves, make(*leaves, value=9, runtime=runtime)]
    command = driver_command(store, nodes, "1")
    launchers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [json.loads(p.communicate(timeout=60)[0].splitlines()[-1]) for p in launchers]
    assert sorted(counter.read_text().split()) == sorted(node.key for node in nodes)
    for answer in answers:
        assert sorted(answer["finished"] + answer["hits"]) == sorted(node.key for node in nodes)


def test_a_stage_that_another_launcher_holds_is_waited_for_and_used(store, make, executor):
    node = make()
    lease = store.lease(node.key)
    events = []

    def finish_elsewhere(event):
        events.append(event)
        if isinstance(event, Waiting):
            directory = store.open_stage(node.spec)
            (directory / "final").mkdir()
            output = output_of("tokenizer", sha256=json.dumps({"sum": 41}))
            record = Record(key=node.key, payload=node.spec.payload(), status="done", output=output)
            store.commit(directory, record)
            lease.release()

    outcome = run_stages([node], store, executor, workers=1, on_event=finish_elsewhere)
    assert outcome.hits == [node.key] and not any(isinstance(e, Started) for e in events)
    assert told(store, node) == {"sum": 41}


def test_a_stale_lease_is_taken_over(store, make, executor):
    node = make()
    lease = store.lease(node.key)
    an_hour_ago = time.time() - 3600
    os.utime(lease.path, (an_hour_ago, an_hour_ago))
    assert run_stages([node], store, executor, workers=1).finished == [node.key]
    assert not lease.renew()


def test_a_corrupted_record_is_named_before_anything_runs(store, make, executor):
    a, b = make(), make(value=2)
    run_stages([a], store, executor, workers=1)
    path = store.directory("tokenizer", a.key) / "record.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(StoreError, match=str(path)):
        run_stages([b, a], store, executor, workers=1)
    assert not store.has("tokenizer", b.key)


def test_a_moved_store_still_works(store, make, executor, tmp_path):
    a = make()
    run_stages([a], store, executor, workers=1)
    moved = Store(tmp_path / "elsewhere" / "store")
    moved.root.parent.mkdir()
    shutil.move(store.root, moved.root)
    b = make(a, value=5)
    outcome = run_stages([a, b], moved, executor, workers=1)
    assert outcome.hits == [a.key] and told(moved, b) == {"sum": 6}


def test_collected_artefacts_are_made_again_only_for_a_stage_that_needs_them(store, make, executor):
    a = make()
    b = make(a, value=2)
    run_stages([a, b], store, executor, workers=1)
    for node in (a, b):
        shutil.rmtree(store.directory("tokenizer", node.key) / "final")
    assert run_stages([a, b], store, executor, workers=1).hits == [a.key, b.key]
    c = make(b, value=3)
    outcome = run_stages([a, b, c], store, executor, workers=1)
    assert outcome.finished == [a.key, b.key, c.key]


def test_an_unwanted_result_is_made_again_once_and_stays_until_then(store, make, executor):
    a = make()
    b = make(a, value=2)
    run_stages([a, b], store, executor, workers=1)
    strict = StrictCode("here", {a.key: store.record_hash("tokenizer", a.key)})
    seen = []

    def look(event):
        if isinstance(event, Started):
            seen.append(store.complete("tokenizer", a.key))

    outcome = run_stages([a, b], store, executor, workers=1, strict=strict, on_event=look)
    assert (outcome.finished, outcome.hits, seen) == ([a.key], [b.key], [True])
    assert store.record_hash("tokenizer", a.key) != strict.unwanted[a.key]
    again = run_stages([a, b], store, executor, workers=1, strict=strict)
    assert again.hits == [a.key, b.key]


def test_an_unwanted_result_that_cannot_be_made_again_stays(store, make, executor, tmp_path):
    node = make(runtime={"data_directory": str(tmp_path / "count")})
    run_stages([node], store, executor, workers=1)
    before = store.record_hash("tokenizer", node.key)
    broken = Planned(
        node.spec.model_copy(update={"runtime": Runtime(data_directory=str(tmp_path / "no" / "folder"))}), node.key
    )
    outcome = run_stages([broken], store, executor, workers=1, strict=StrictCode("here", {node.key: before}))
    assert list(outcome.failed) == [node.key]
    assert store.record_hash("tokenizer", node.key) == before


def test_a_parent_that_is_nowhere_is_named(store, make, executor):
    a = make()
    with pytest.raises(StoreError, match=a.key[:12]):
        run_stages([make(a)], store, executor, workers=1)


def test_progress_is_passed_on(store, make, executor):
    node = make(do="pause")
    events = []
    run_stages([node], store, executor, workers=1, on_event=events.append)
    assert Progress(node.key, {"step": 1, "loss": "inf"}) in events


def test_ten_thousand_stages_are_scheduled_in_seconds(store, make):
    roots = [make(value=i, priority=i) for i in range(100)]
    middle = [make(*roots[i % 90 : i % 90 + 10], do="middle", value=i) for i in range(900)]
    nodes = [*roots, *middle, *(make(middle[i % 900], do="leaf", value=i) for i in range(9_000))]
    started = time.perf_counter()
    schedule = Schedule(nodes, store, lambda event: None)
    order = []
    record = Record(key="", payload={"kind": "tokenizer"}, status="done", output=output_of("tokenizer"))
    while node := schedule.pop():
        order.append(node.key)
        if node is roots[0]:
            schedule.failed(node.key, StageFailure("no"))
        else:
            schedule.done(node.key, record)
    assert len(order) + len(schedule.outcome.blocked) == 10_000
    assert order.index(roots[1].key) < order.index(roots[2].key)
    # Linear takes a second or two; quadratic took minutes.
    assert time.perf_counter() - started < 20


def test_no_workers_is_the_users_mistake(store, make, executor):
    with pytest.raises(UserError, match="workers"):
        run_stages([make()], store, executor, workers=0)
