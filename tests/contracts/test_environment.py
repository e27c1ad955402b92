"""What workers inherit: the list says what passes, so that nobody's variables need to be known."""

import os
from pathlib import Path

import pytest

from earlyexp_bench.contracts import worker_environment
from earlyexp_bench.contracts.environment import kept_environment

STRANGERS = """
    RANK WORLD_SIZE LOCAL_RANK MASTER_ADDR MASTER_PORT PMI_SIZE PMI_RANK OMPI_COMM_WORLD_SIZE
    MV2_COMM_WORLD_SIZE SLURM_PROCID SLURM_NTASKS PALS_RANKID JSM_NAMESPACE_SIZE FLUX_TASK_RANK
    ACCELERATE_GRADIENT_ACCUMULATION_STEPS ACCELERATE_USE_FSDP FSDP_VERSION DS_SKIP_CUDA_CHECK MKL_CBWR
    MKL_ENABLE_INSTRUCTIONS ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA DNNL_DEFAULT_FPMATH_MODE BLIS_NUM_THREADS
    VECLIB_MAXIMUM_THREADS KMP_AFFINITY GOMP_CPU_AFFINITY NVIDIA_TF32_OVERRIDE CUBLAS_TF32 CUDNN_DETERMINISTIC
    TORCH_LOGS TORCHINDUCTOR_FREEZING PYTORCH_CUDA_ALLOC_CONF TRANSFORMERS_VERBOSITY LMEVAL_LOG_LEVEL
    HF_DATASETS_IN_MEMORY_MAX_SIZE PYTHONOPTIMIZE PYTHONSTARTUP PYTHONINSPECT PYTHONWARNINGS LD_PRELOAD
    MALLOC_ARENA_MAX GLIBC_TUNABLES LANG LC_NUMERIC LANGUAGE GIT_DIR NO_SUCH_LIBRARY_2031
"""


@pytest.mark.parametrize("name", STRANGERS.split())
def test_no_launchers_or_librarys_variable_reaches_a_worker(monkeypatch, name):
    monkeypatch.setenv(name, "2")
    assert name not in worker_environment()
    assert name not in kept_environment(1, ranks=False)


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "HF_HOME", "HF_TOKEN", "HTTPS_PROXY", "CUDA_VISIBLE_DEVICES", "EARLYEXP_PLUGINS"]
)
def test_a_worker_finds_programs_data_devices_and_plugins(monkeypatch, name):
    monkeypatch.setenv(name, "here")
    assert worker_environment()[name] == "here"


def test_what_would_change_bits_or_text_is_the_same_wherever_a_run_starts(monkeypatch):
    for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED", "LC_ALL", "TZ", "PYTHONUTF8", "CUBLAS_WORKSPACE_CONFIG"):
        monkeypatch.setenv(name, "odd")
    pinned = worker_environment(3)
    assert pinned["OMP_NUM_THREADS"] == pinned["MKL_NUM_THREADS"] == "3"
    assert "odd" not in pinned.values()


def test_what_is_named_passes_but_undoes_nothing_that_is_pinned(monkeypatch):
    monkeypatch.setenv("MY_DATA", "/data")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("EARLYEXP_PASS_ENVIRONMENT", "MY_DATA, PYTHONHASHSEED,NOT_SET")
    found = worker_environment()
    assert (found["MY_DATA"], found["PYTHONHASHSEED"]) == ("/data", "0")
    assert "NOT_SET" not in found


def test_what_an_executor_adds_survives_in_the_worker(monkeypatch):
    given = worker_environment(2, {"HF_HUB_OFFLINE": "1", "OF_A_CLUSTER": "x"})
    monkeypatch.setattr(os, "environ", given)
    assert kept_environment(2, ranks=False) == given  # so it need not start over


def test_ranks_are_kept_only_where_a_stage_has_several(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert kept_environment(1, ranks=True)["RANK"] == "1"
    assert "RANK" not in kept_environment(1, ranks=False)


def test_the_working_directory_is_on_no_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "/abs", "relative", ""]))
    found = worker_environment()["PYTHONPATH"].split(os.pathsep)
    assert [Path(entry) for entry in found] == [Path("/abs").absolute(), tmp_path / "relative"]
