"""`instruction_set: portable` gives the bits of these golden hashes on every x86-64 machine with AVX2.

Each test trains in fresh processes, for libraries choose their kernels when they are loaded. `golden.json` is written
anew by ``python tests/training/portable/test_portable.py``, which is due when torch, numpy or our kernels change.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from earlyexp_bench.contracts import worker_environment
from earlyexp_bench.contracts.machine import portable_here

HERE = Path(__file__).parent
GOLDEN = HERE / "golden.json"
OPTIMIZERS = ("foreach", "fused")
# What a machine, or somebody's shell, would have libraries choose.
MACHINES: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "MKL held to SSE4.2": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
    "MKL held to AVX2": {"MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "MKL held to AVX-512": {"MKL_ENABLE_INSTRUCTIONS": "AVX512"},
    "oneDNN held to SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "oneDNN held to AVX-512": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
    "numpy free": {"NPY_DISABLE_CPU_FEATURES": ""},
}
EMULATED = ("Haswell", "EPYC-Rome")  # a CPU of Intel and one of AMD

pytestmark = pytest.mark.skipif(not portable_here(), reason="this machine has no portable instruction set")


def run(script: str, *arguments: str, environment: Mapping[str, str] | None = None, under: Sequence[str] = ()) -> str:
    """Return what a script prints in a process that is started as workers are."""
    chosen = worker_environment(1, instruction_set="portable") | dict(environment or {})
    command = [*under, sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, env=chosen, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def golden() -> dict[str, str]:
    known: dict[str, str] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return known


@pytest.mark.parametrize("machine", MACHINES)
def test_weights_are_the_same_whatever_a_machine_would_choose(machine: str) -> None:
    assert run("steps.py", "portable", "fused", environment=MACHINES[machine]) == golden()["fused"]


def test_both_ways_of_stepping_have_golden_bits() -> None:
    assert run("steps.py", "portable", "foreach") == golden()["foreach"]


def test_every_kernel_computes_what_torch_does() -> None:
    assert run("kernels.py") == "equal"


def test_a_worker_that_is_not_held_to_avx2_refuses() -> None:
    environment = {k: v for k, v in worker_environment(1).items() if k != "ATEN_CPU_CAPABILITY"}
    command = [sys.executable, str(HERE / "steps.py"), "portable", "fused"]
    done = subprocess.run(
        command, env=environment | {"ATEN_CPU_CAPABILITY": "default"}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "environment that does not hold torch to AVX2" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="needs qemu-user, which emulates CPUs")
@pytest.mark.parametrize("cpu", EMULATED)
def test_an_emulated_cpu_of_another_maker_gives_the_same_weights(cpu: str) -> None:
    assert run("steps.py", "portable", "fused", under=["qemu-x86_64", "-cpu", cpu]) == golden()["fused"]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", "")
    hashes = {optimizer: run("steps.py", "portable", optimizer) for optimizer in OPTIMIZERS}
    GOLDEN.write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")
