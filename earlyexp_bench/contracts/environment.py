"""What a worker inherits from whoever starts it: what a process needs to live, and where data lie; nothing else.

Libraries read hundreds of variables, and what launchers and libraries left in a shell has changed weights under an
unchanged key. So the list says what passes, and not what does not: another library's variables are out unheard of.
"""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

InstructionSet = Literal["portable", "native"]
X86 = frozenset({"x86_64", "amd64"})
"""What systems call x86 machines of 64 bits, in small letters."""

# `-P`: nothing is imported from the folder in which a run was started.
WORKER_COMMAND = (sys.executable, "-P", "-m", "earlyexp_bench.worker")
PASS = "EARLYEXP_PASS_ENVIRONMENT"
"""Names of further variables that workers get, with commas between them: for a plugin that reads one."""

_OURS = "EARLYEXP_"
_LIVING = """
    PATH HOME USER LOGNAME SHELL TMPDIR TEMP TMP
    SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA
    NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
"""
_CODE = """
    PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONNOUSERSITE VIRTUAL_ENV CONDA_PREFIX
    LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH
"""
_DEVICES = "CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES"
_NETWORK = """
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"""
_HUBS = """
    XDG_CACHE_HOME HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_XET_CACHE HF_ASSETS_CACHE HF_DATASETS_CACHE
    HF_ENDPOINT HF_TOKEN HF_TOKEN_PATH HUGGING_FACE_HUB_TOKEN HF_HUB_DISABLE_IMPLICIT_TOKEN
    HF_HUB_OFFLINE HF_DATASETS_OFFLINE TRANSFORMERS_OFFLINE
    HF_HUB_DOWNLOAD_TIMEOUT HF_HUB_ETAG_TIMEOUT HF_HUB_DISABLE_XET HF_XET_HIGH_PERFORMANCE
    HF_HUB_DISABLE_SYMLINKS HF_HUB_DISABLE_TELEMETRY DISABLE_TELEMETRY DO_NOT_TRACK
"""
PASSED = frozenset(f"{_LIVING} {_CODE} {_DEVICES} {_NETWORK} {_HUBS}".split())
# What torchrun tells each of several ranks.
_RANKS = """
    RANK WORLD_SIZE LOCAL_RANK LOCAL_WORLD_SIZE GROUP_RANK GROUP_WORLD_SIZE ROLE_RANK ROLE_WORLD_SIZE ROLE_NAME
    MASTER_ADDR MASTER_PORT TORCHELASTIC_RUN_ID TORCHELASTIC_RESTART_COUNT TORCHELASTIC_MAX_RESTARTS
    TORCHELASTIC_USE_AGENT_STORE TORCHELASTIC_ERROR_FILE
"""

# Names of numpy's kernels beyond AVX2: its logarithm has other bits there, and text statistics rest on it.
_BEYOND_AVX2 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
_NUMPY = {"NPY_DISABLE_CPU_FEATURES": _BEYOND_AVX2}
# What each library reads: torch's own kernels, oneDNN, MKL, OpenBLAS. `training/portable.py` has the rest.
_PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Haswell",
}


def worker_environment(
    cpu_threads: int = 1, further: Mapping[str, str] | None = None, *, instruction_set: InstructionSet = "native"
) -> dict[str, str]:
    """Return the environment in which a worker is started from this process.

    Args:
        cpu_threads: Threads a stage computes with, however many stages run side by side.
        further: Variables that the worker gets whatever they are, e.g. ``HF_HUB_OFFLINE``; they win.
        instruction_set: What libraries may choose kernels for, which they do when they are loaded.
    """
    further = further or {}
    named = sorted({*_named(), *further})
    told = {PASS: ",".join(named)} if named else {}
    return {**_inherited(), **_pinned(cpu_threads, instruction_set), **told, **further}


def kept_environment(cpu_threads: int, *, ranks: bool, instruction_set: InstructionSet = "native") -> dict[str, str]:
    """Return what a worker that something else has started keeps of its own environment.

    With ``ranks`` it is one of several processes of a stage: torchrun has said which.
    """
    kept = {name: value for name, value in os.environ.items() if ranks and name in _RANKS.split()}
    named = {name: os.environ[name] for name in _named() if name in os.environ}
    return _inherited() | _pinned(cpu_threads, instruction_set) | named | kept


def _inherited() -> dict[str, str]:
    passed = PASSED | _named()
    kept = {name: value for name, value in os.environ.items() if name in passed or name.startswith(_OURS)}
    if "PYTHONPATH" in kept:
        kept["PYTHONPATH"] = _absolute(kept["PYTHONPATH"])
    return kept


def _named() -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, os.environ.get(PASS, "").split(","))))


def _absolute(path: str) -> str:
    """An empty entry of ``PYTHONPATH`` is the working directory, and stages work in the folder of the data."""
    return os.pathsep.join(str(Path(entry).absolute()) for entry in path.split(os.pathsep) if entry)


def own_instruction_set() -> InstructionSet:
    """Return what this process was started with."""
    return "portable" if os.environ.items() >= _PORTABLE.items() else "native"


def _pinned(cpu_threads: int, instruction_set: InstructionSet) -> dict[str, str]:
    """Variables that libraries read at start-up and that would change bits, text or speed."""
    threads = str(cpu_threads)
    return {
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_DYNAMIC": "FALSE",
        "MKL_DYNAMIC": "FALSE",
        # A thread that spins while it waits takes the core from the neighbour it waits for.
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "KMP_BLOCKTIME": "0",
        "TOKENIZERS_PARALLELISM": "false",
        # The order of sets of strings, and cuBLAS's work space, would otherwise differ between runs.
        "PYTHONHASHSEED": "0",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # What text is, is no matter of a machine's language.
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "LC_ALL": "C",
        "TZ": "UTC",
        "PYTHONSAFEPATH": "1",
        **(_NUMPY if platform.machine().lower() in X86 else {}),
        **(_PORTABLE if instruction_set == "portable" else {}),
    }
