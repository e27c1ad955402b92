"""Where and how a command is started decides nothing, and what the system lacks is said."""

import errno
import json
import os
import pty
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from outputs import output_of

from earlyexp_bench.contracts import Record, StageSpec
from earlyexp_bench.store import write_records

COMMAND = [sys.executable, "-P", "-c", "from earlyexp_bench.cli import main; main()"]

HOSTILE = {
    **{"ACCELERATE_GRADIENT_ACCUMULATION_STEPS": "4", "ACCELERATE_MIXED_PRECISION": "bf16"},
    **{"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"},
    **{"PMI_SIZE": "2", "OMPI_COMM_WORLD_SIZE": "2", "SLURM_NTASKS": "2", "FLUX_JOB_SIZE": "2"},
    **{"MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    **{"TORCH_LOGS": "+all", "OMP_NUM_THREADS": "7", "PYTHONHASHSEED": "9", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
}
MODULES = ("datasets", "tokenizers", "torch", "h2", "json", "numpy", "typing", "sitecustomize", "earlyexp_bench")


def results_of_stages(folder: Path) -> dict[str, tuple[Any, Any]]:
    records = [json.loads(path.read_text()) for path in (folder / ".earlyexp/store").glob("*/*/*/record.json")]
    return {record["key"]: (record["weight_hashes"], record["output"]) for record in records}


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


@pytest.mark.slow
def test_no_variable_and_no_file_beside_the_run_changes_a_key_or_a_weight(
    finished: Path, tmp_path: Path, tiny: Any
) -> None:
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a file of the working directory was imported')")
    done = tiny(tmp_path, **HOSTILE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert results_of_stages(tmp_path) == results_of_stages(finished)


METHOD = """
from earlyexp_bench.contracts import MethodDefinition
from earlyexp_bench.hooks import hookimpl


class Strict(MethodDefinition):
    name, version, implementation, description = "strict", "1", "_earlyexp_odd:Refuse", "Refuses."


class ShortOf(MethodDefinition):
    name, version, implementation, description = "short-of", "1", "_earlyexp_odd:Fill", "Meets a full disk."


@hookimpl
def register_methods(register):
    register(Strict())
    register(ShortOf())
"""
HEAVY = """
import os
from earlyexp_bench.contracts import UserError
from earlyexp_bench.training import Method

class Refuse(Method):
    def prepare(self, model):
        raise UserError("this model is not to its taste", where="recipes.odd", expected="another")

class Fill(Method):
    def prepare(self, model):
        raise RuntimeError("cannot write: No space left on device (os error 28)")
"""


def install(folder: Path) -> dict[str, str]:
    """Install a plugin of odd methods as pip would; return the environment in which it is found."""
    info = folder / "earlyexp_odd-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: earlyexp-odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[earlyexp_bench]\nodd = earlyexp_odd\n")
    (folder / "earlyexp_odd.py").write_text(METHOD)
    (folder / "_earlyexp_odd.py").write_text(HEAVY)
    return {"PYTHONPATH": str(folder)}


ODD = [
    ("strict", "finetuning", "recipes.odd: ", "this model is not to its taste\n  expected: another"),
    ("short-of", "posttraining", "", "No space left on device\n  expected: room on that disk"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "stage", "where", "said"), ODD, ids=[case[0] for case in ODD])
def test_what_only_a_worker_sees_and_the_user_can_mend_exits_with_2_and_is_not_to_be_tried_again(
    copied: Path, tiny: Any, tmp_path: Path, method: str, stage: str, where: str, said: str
) -> None:
    environment = install(tmp_path / "site")
    recipe = {"exposure": {"fraction": 0}, stage: [{"use": method}]}
    (copied / "odd.yaml").write_text(yaml.safe_dump({"recipes": {"odd": recipe}}))
    done = tiny(copied, "--recipes", "odd.yaml", **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert where + said in done.stderr
    assert "mend that, and go on with: earlyexp-bench run smoke" in done.stdout
    page = next((copied / "results").glob("*/index.html")).read_text()
    planned = subprocess.run(
        [*COMMAND, "plan", *tiny.arguments[1:], "--recipes", "odd.yaml"],
        cwd=copied, env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"failed last time: {where}" in planned.stdout
    assert " ".join(said.split()) in planned.stdout
    for text in (done.stdout, done.stderr, page, planned.stdout):
        assert "UserError" not in text
        assert "try them again" not in text
        assert "Traceback" not in text


def as_stranger() -> None:
    """Take from root the right to write everywhere."""
    if os.geteuid() == 0:
        import ctypes

        for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER; 24 is PR_CAPBSET_DROP
            assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0


def give_away(folder: Path) -> None:
    """Leave a folder to somebody else, who lets others look."""
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        folder.chmod(0o755)
    else:
        folder.chmod(0o555)


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory, command: Any) -> Path:
    """A store that knows what the model of `smoke` is, and nothing else: asking takes seconds."""
    folder = tmp_path_factory.mktemp("probed")
    assert command("plan", "smoke", cwd=folder).returncode == 0
    return folder / ".earlyexp/store"


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
@pytest.mark.parametrize("part", ["leases", "trash", "evaluate", "probes"])
def test_a_shared_store_in_which_a_part_is_somebody_elses_is_refused_before_anything_trains(
    probed: Path, tmp_path: Path, part: str
) -> None:
    store = Path(shutil.copytree(probed, tmp_path / "store"))
    for name in ("leases", "work", "trash", "evaluate"):
        (store / name).mkdir()
    (store / "work" / "left").mkdir()
    give_away(store / part)
    options = {"cwd": tmp_path, "capture_output": True, "text": True, "preexec_fn": as_stranger}
    done = subprocess.run([*COMMAND, "run", "smoke", "--store", "store"], check=False, **options)
    assert done.returncode == 2, done.stdout + done.stderr
    place = Path("store", part)
    assert done.stderr.startswith(f"error: cannot write {place}: Permission denied\n  expected: a folder you may write")
    assert "Traceback" not in done.stderr
    if part in ("leases", "trash"):
        freed = subprocess.run([*COMMAND, "gc", "--yes", "--store", "store"], check=False, **options)
        assert freed.returncode == 2, freed.stdout + freed.stderr
        assert "Permission denied\n  expected: a folder you may write" in freed.stderr
        assert "Traceback" not in freed.stderr


def limited(size: int) -> Callable[[], None]:
    """Let a process and its children write no file beyond a size: the kernel's own word for it, as of a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_said_and_the_next_run_goes_on(finished: Path, copied: Path, tiny: Any) -> None:
    for kind in ("finetune", "evaluate"):
        shutil.rmtree(copied / ".earlyexp/store" / kind)
    small = subprocess.run(
        [*COMMAND, *tiny.arguments], cwd=copied, capture_output=True, text=True, check=False,
        preexec_fn=limited(30_000),
    )  # fmt: skip
    assert small.returncode == 2, small.stdout + small.stderr
    assert f"{os.strerror(errno.EFBIG)}\n  expected: " in small.stderr
    assert "Traceback" not in small.stdout + small.stderr
    assert len(results_of_stages(copied)) < len(results_of_stages(finished))
    assert tiny(copied).returncode == 0
    assert results_of_stages(copied) == results_of_stages(finished)


@pytest.mark.parametrize(
    "arguments",
    [
        ["records", "add", "some.jsonl.gz", "--store", "new"],
        ["plugins", "new", "method", "new"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_command_whose_files_do_not_fit_says_so_and_leaves_no_half_of_them(
    tmp_path: Path, arguments: list[str]
) -> None:
    spec = StageSpec(kind="tokenizer", identity={})
    known = {"key": spec.key, "payload": spec.payload(), "status": "done", "output": output_of("tokenizer")}
    write_records(tmp_path / "some.jsonl.gz", [Record.model_validate(known)])
    options = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    done = subprocess.run([*COMMAND, *arguments], preexec_fn=limited(200), **options)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"{os.strerror(errno.EFBIG)}\n  expected: " in done.stderr
    assert "new" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "earlyexp-new").exists()


LONG = "x" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "smoke", "--store", LONG],
        ["gc", "--store", LONG],
        ["report", "smoke", "--store", LONG],
        ["records", "save", "smoke", LONG],
        ["plugins", "new", "method", "new", "--into", LONG],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_path_that_is_too_long_is_the_users_mistake(tmp_path: Path, command: Any, arguments: list[str]) -> None:
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "File name too long\n  expected: a shorter path" in done.stderr or "no record of" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["latin-1", "utf-8"])
def test_what_is_printed_can_be_read_in_any_encoding(copied: Path, tiny: Any, stream: str) -> None:
    done = subprocess.run(
        [*COMMAND, "report", *tiny.arguments[1:]],
        cwd=copied, env=os.environ | {"PYTHONIOENCODING": stream}, capture_output=True, encoding=stream, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ("→" in done.stdout, "->" in done.stdout) == (stream == "utf-8", stream != "utf-8")


def test_what_a_program_reads_is_the_same_in_any_encoding(tmp_path: Path, command: Any) -> None:
    named = ("--set", "description='λ in Ångström'")
    shown = [command("show", "smoke", *named, cwd=tmp_path, PYTHONIOENCODING=e).stdout for e in ("ascii", "utf-8")]
    assert shown[0].isascii()
    assert not shown[1].isascii()
    assert yaml.safe_load(shown[0]) == yaml.safe_load(shown[1])


@pytest.mark.parametrize("arguments", [["show", "mini"], ["plugins", "list"], ["schema"], ["--help"]])
def test_a_reader_that_wants_no_more_ends_a_command_quietly(tmp_path: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_that_is_the_result_and_is_lost_is_a_mistake_that_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "show", "mini"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: standard output: No space left on device")


def shell(script: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", "-c", script], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )


OUTPUTS = ["<&- >&- 2>&-", ">/dev/full 2>/dev/full", "| true"]


@pytest.mark.slow
def test_a_run_ends_as_it_would_whatever_becomes_of_its_output(copied: Path, tiny: Any) -> None:
    evaluation = sorted((copied / ".earlyexp/store/evaluate").glob("*/*"))[0]
    words = shlex.join([*COMMAND, *tiny.arguments])
    for output in OUTPUTS:
        shutil.rmtree(evaluation)
        done = shell(f"({words}; echo $? > code) {output}", copied)
        assert (copied / "code").read_text() == "0\n", (output, done.stderr)
        assert (evaluation / "record.json").is_file()
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_page_is_written_where_the_shell_drops_docstrings(copied: Path, tiny: Any) -> None:
    shutil.rmtree(copied / "results")
    done = tiny(copied, PYTHONOPTIMIZE="2")
    assert done.returncode == 0, done.stderr
    assert list((copied / "results").glob("*/index.html"))


@pytest.mark.slow
def test_a_run_with_something_and_with_nothing_to_do_ends_well_on_a_narrow_terminal_without_greek(
    copied: Path, tiny: Any
) -> None:
    shutil.rmtree(sorted((copied / ".earlyexp/store/evaluate").glob("*/*"))[0])
    for _ in range(2):
        code, shown = on_a_terminal(
            [*COMMAND, *tiny.arguments], copied, os.environ | {"PYTHONIOENCODING": "latin-1", "COLUMNS": "1"}
        )
        assert code == 0, shown
        assert b"Traceback" not in shown


def on_a_terminal(command: list[str], cwd: Path, environment: Any) -> tuple[int, bytes]:
    """Run a command on a terminal; return its exit code and what it showed."""
    ours, its = pty.openpty()
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=its, stdout=its, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 1 << 16)
        except OSError:  # nobody has the terminal any more
            break
    os.close(ours)
    return process.wait(), shown


@pytest.mark.slow
def test_a_run_goes_on_when_its_terminal_is_gone(copied: Path, tiny: Any) -> None:
    evaluation = sorted((copied / ".earlyexp/store/evaluate").glob("*/*"))[0]
    shutil.rmtree(evaluation)
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *tiny.arguments], cwd=copied, stdin=its, stdout=its, stderr=its,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    os.close(its)
    os.read(ours, 1)
    os.close(ours)
    assert process.wait() == 0
    assert (evaluation / "record.json").is_file()


@pytest.mark.skipif(shutil.which("localedef") is None, reason="no locale but UTF-8 can be made")
def test_names_of_files_are_utf_8_in_a_latin_1_locale(tmp_path: Path) -> None:
    made = shell(f"localedef -i en_US -f ISO-8859-1 {tmp_path}/en_US", tmp_path)
    if made.returncode:
        pytest.skip("no sources of locales")
    (tmp_path / "bänk λ.yaml").write_text("id: notes\nversion: 1\ncontxt: 32\n", encoding="utf-8")
    environment = os.environ | {"LOCPATH": str(tmp_path), "LC_ALL": "en_US"}
    environment.pop("PYTHONIOENCODING", None)
    done = subprocess.run(
        [*COMMAND, "plan", "bänk λ.yaml"], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: bänk lambda.yaml:".encode("latin-1"))
