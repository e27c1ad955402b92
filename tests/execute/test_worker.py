"""`python -m earlyexp_bench.worker` as another executor would call it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from earlyexp_bench.contracts import StageSpec

WORKER = [sys.executable, "-m", "earlyexp_bench.worker"]


def run(command, *arguments, **options):
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize(("do", "code"), [("sum", 0), ("diverge", 0), ("crash", 1), ("refuse", 2)])
def test_exit_code_says_how_a_stage_ended(store, make, worker_command, do, code):
    node = make(do=do)
    directory = store.open_stage(node.spec)
    done = run(worker_command, directory)
    assert done.returncode == code
    assert store.has("tokenizer", node.key) == (code == 0)
    if code:
        assert "log.txt" in done.stdout
        error = json.loads((directory / "error.json").read_text())
        assert error["type"] == {1: "RuntimeError", 2: "UserError"}[code]
        assert error["traceback"] in (directory / "log.txt").read_text()


def test_a_directory_that_is_no_stage_is_the_users_mistake(worker_command, tmp_path, store, make):
    assert run(worker_command, tmp_path / "nowhere").returncode == 2
    (tmp_path / "empty").mkdir()
    assert run(worker_command, tmp_path / "empty").returncode == 2
    assert "Store.open_stage" in (tmp_path / "empty" / "log.txt").read_text()
    renamed = store.open_stage(make().spec).rename(store.root / "work" / ("0" * 64))
    assert run(worker_command, renamed).returncode == 2


def test_a_second_worker_on_the_same_directory_waits_and_then_has_nothing_to_do(store, make, worker_command, tmp_path):
    counter = tmp_path / "count"
    node = make(do="pause", runtime={"data_directory": str(counter)})
    directory = store.open_stage(node.spec)
    pair = [subprocess.Popen([*worker_command, str(directory)], stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [worker.wait(timeout=30) for worker in pair] == [0, 0]
    assert counter.read_text().split() == [node.key]


def test_the_fork_server_names_what_it_cannot_import_and_ends_with_its_input():
    done = run(WORKER, "--serve", "--preload", "json,no_such_module", input="")
    ready = json.loads(done.stdout)
    assert done.returncode == 0 and list(ready["broken"]) == ["no_such_module"]
    assert "ModuleNotFoundError" in ready["broken"]["no_such_module"]


@pytest.mark.parametrize("how", ["end of input", "SIGTERM", "SIGKILL"])
def test_stages_die_with_the_fork_server(store, make, worker_command, until, alive, how):
    node = make(do="hang")
    directory = store.open_stage(node.spec)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*worker_command, "--serve"], **pipes) as server:
        print(json.dumps({"run": str(directory), "id": "1"}), file=server.stdin, flush=True)
        until(lambda: (directory / "pids").exists() and len((directory / "pids").read_text().split()) == 2)
        pids = [int(pid) for pid in (directory / "pids").read_text().split()]
        if how == "end of input":
            server.stdin.close()
        else:
            os.kill(server.pid, signal.Signals[how])
        until(lambda: not any(alive(pid) for pid in pids), seconds=5)


def test_cancelling_one_stage_leaves_the_others(store, make, worker_command, until, alive):
    nodes = [make(do="hang", value=i) for i in range(2)]
    directories = [store.open_stage(node.spec) for node in nodes]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*worker_command, "--serve"], **pipes) as server:
        for job, directory in enumerate(directories):
            print(json.dumps({"run": str(directory), "id": str(job)}), file=server.stdin, flush=True)
        until(lambda: all((d / "pids").exists() and len((d / "pids").read_text().split()) == 2 for d in directories))
        pids = [[int(pid) for pid in (d / "pids").read_text().split()] for d in directories]
        print(json.dumps({"cancel": "0"}), file=server.stdin, flush=True)
        server.stdout.readline()
        assert json.loads(server.stdout.readline()) == {"id": "0", "exit": -9}
        until(lambda: not any(alive(pid) for pid in pids[0]), seconds=5)
        assert all(alive(pid) for pid in pids[1])
        server.stdin.close()


LLAMA = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def probe():
    from earlyexp_bench.worker.probe import probe

    return probe


def test_probe_answers_on_stdout():
    question = {"model": {**LLAMA, "intermediate_size": 100}, "context": 128, "vocab_size": 512}
    done = run(WORKER, "--probe", input=json.dumps(question))
    answer = json.loads(done.stdout)
    layer = 4 * 64 * 64 + 3 * 64 * 100 + 2 * 64
    assert answer["error"] is None and answer["unknown_keys"] == []
    assert answer["parameters"] == 2 * 512 * 64 + 2 * layer + 64
    assert answer["flops_per_token"] == 6 * (512 * 64 + 2 * layer + 64) + 12 * 2 * 64 * 128


def test_probe_counts_tied_weights_once(probe):
    untied, tied = (probe({**LLAMA, "tie_word_embeddings": tie}, 128, 512) for tie in (False, True))
    assert untied.parameters - tied.parameters == 512 * 64
    assert untied.flops_per_token == tied.flops_per_token


def test_probe_finds_keys_that_transformers_would_ignore(probe):
    answer = probe({**LLAMA, "hiden_size": 64, "zzz": 1}, 128, 512)
    assert answer.unknown_keys == ["hiden_size", "zzz"] and answer.nearest == {"hiden_size": "hidden_size"}


@pytest.mark.parametrize(
    "model", [{**LLAMA, "rope_theta": 5e5}, {"model_type": "gpt2", "hidden_size": 64, "n_head": 2, "n_layer": 1}]
)
def test_probe_knows_keys_that_a_configuration_renames(probe, model):
    answer = probe(model, 128, 512)
    assert answer.unknown_keys == [] and answer.error is None and answer.parameters > 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"model_type": "lama"}, "did you mean 'llama'"),
        ({}, "no model_type"),
        ({"model_type": "clip"}, "not a causal language model"),
        ({**LLAMA, "hidden_size": 65}, "multiple of"),
    ],
)
def test_probe_says_why_no_model_can_be_built(probe, model, message):
    assert message in probe(model, 128, 512).error


TELL = """
import json, os, sys
from pathlib import Path
found = {"environment": dict(os.environ), "safe": sys.flags.safe_path, "hashes": sys.flags.hash_randomization}
Path(os.environ["EARLYEXP_TELL"]).write_text(json.dumps(found))
"""


def test_a_worker_that_a_clusters_launcher_started_starts_over_in_clean_surroundings(tmp_path):
    site, there = tmp_path / "site", tmp_path / "there"
    for folder in (site, there):
        folder.mkdir()
    (site / "tell.py").write_text(TELL)
    (there / "only_here.py").touch()
    given = {"RANK": "1", "WORLD_SIZE": "2", "ACCELERATE_USE_CPU": "1", "PYTHONPATH": str(site), "MY_DATA": "x"}
    named = {"EARLYEXP_TELL": str(tmp_path / "told.json"), "EARLYEXP_PASS_ENVIRONMENT": "MY_DATA"}
    # Not `-P`, as somebody else's command may be.
    done = run(
        [sys.executable, "-m", "earlyexp_bench.worker"], "--serve", "--preload", "tell,only_here",
        input="", cwd=there, env=os.environ | given | named,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["broken"]) == ["only_here"]
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["safe"], told["hashes"]) == (True, 0)
    assert told["environment"]["MY_DATA"] == "x"
    assert not {"RANK", "WORLD_SIZE", "ACCELERATE_USE_CPU"} & set(told["environment"])


def test_a_stage_directory_says_how_many_threads_and_ranks_a_worker_takes(store, monkeypatch, tmp_path):
    from earlyexp_bench.worker.restart import restart_clean

    started = []
    monkeypatch.setattr("os.execve", lambda program, command, environment: started.append((command, environment)))
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "OMP_NUM_THREADS": "9", "LEFT_OVER": "1"}.items():
        monkeypatch.setenv(name, value)
    for kind, rank in (("pretrain", "1"), ("evaluate", None)):
        told = {"numerics": {"cpu_threads": 3}, "runtime": {"processes": 2}}
        directory = store.open_stage(StageSpec(kind=kind, identity={}, **told))
        restart_clean([str(directory), "--watch-stdin"])
        command, environment = started.pop()
        assert command[-2:] == [str(directory), "--watch-stdin"] and "-P" in command
        assert (environment.get("RANK"), environment["OMP_NUM_THREADS"]) == (rank, "3")
        assert "LEFT_OVER" not in environment
