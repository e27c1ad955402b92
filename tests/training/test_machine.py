"""What torch computes with is read from what it says of its build."""

import torch

from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.training.determinism import bit_environment
from earlyexp_bench.training.machine import torch_blas, torch_machine


def test_the_libraries_of_matrix_products_are_named_with_their_versions():
    mkl = "- Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605\n- Intel(R) MKL-DNN v3.7.1 (Git)"
    assert torch_blas(f"{mkl}\n BLAS_INFO=mkl, USE_MKL=ON") == "MKL 2024.2, oneDNN 3.7.1"
    assert torch_blas("BLAS_INFO=accelerate, USE_MKL=OFF") == "BLAS accelerate"
    assert torch_blas("") == ""


def test_this_machine_has_a_library_and_a_capability():
    here = torch_machine("cpu")
    assert here["blas"]["torch"] and here["cpu_capability"] == torch.backends.cpu.get_cpu_capability()


def test_a_stage_is_gone_on_with_only_where_bits_would_be_equal(monkeypatch):
    here = bit_environment(Numerics())
    assert bit_environment(Numerics()) == here
    assert bit_environment(Numerics(), world_size=2) != here
    monkeypatch.setattr("earlyexp_bench.training.machine.torch_blas", lambda said: "MKL 1")
    assert bit_environment(Numerics()) != here
