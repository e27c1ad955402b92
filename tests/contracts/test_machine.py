"""Which machines give equal bits is told by what their systems say of them, as far as they say anything."""

import platform

import pytest

from earlyexp_bench.contracts import machine
from earlyexp_bench.contracts.machine import Cpu, cpu_of, machine_type, portable_here

INTEL = """\
processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 143
model name\t: Intel(R) Xeon(R) Platinum 8481C
stepping\t: 8
flags\t\t: fpu sse4_1 fma avx avx2 avx512f amx_bf16 hypervisor

processor\t: 1
model name\t: another
"""
AMD = "vendor_id : AuthenticAMD\nmodel name : AMD EPYC\ncpu family : 25\nmodel : 17\nflags : fma avx2 sse4_2\n"
ARM = "processor : 0\nFeatures : fp asimd bf16 i8mm\nCPU implementer : 0x41\nCPU part : 0xd4f\n"
OLD_MAC = "machdep.cpu.vendor: GenuineIntel\nmachdep.cpu.features: FMA AVX1.0\nmachdep.cpu.leaf7_features: AVX2 BMI2\n"
MAC = "machdep.cpu.brand_string: Apple M2\nhw.optional.arm.FEAT_BF16: 1\nhw.optional.arm.FEAT_SME: 0\n"

MADE = {
    "machine": "x86_64",
    "cpu_capability": "AVX2",
    "numpy": "2.4",
    "blas": {"torch": "MKL 2024.2", "numpy": "openblas 1"},
}


@pytest.mark.parametrize(
    ("text", "vendor", "model", "flags"),
    [
        (
            INTEL,
            "GenuineIntel",
            "Intel(R) Xeon(R) Platinum 8481C 6-143-8",
            ("amx_bf16", "avx", "avx2", "avx512f", "fma", "sse4_1"),
        ),
        (ARM, "0x41", "0xd4f", ("asimd", "bf16", "i8mm")),
        (OLD_MAC, "GenuineIntel", "", ("avx1.0", "avx2", "fma")),
        (MAC, "", "Apple M2", ("feat_bf16",)),
        ("", "", "", ()),
    ],
    ids=["intel", "arm", "old mac", "mac", "says nothing"],
)
def test_a_processor_is_read_from_what_its_system_says(text, vendor, model, flags):
    assert cpu_of(text) == Cpu(vendor, model, flags)
    assert Cpu.of(cpu_of(text).as_json()) == cpu_of(text)


def test_this_machine_is_described_whatever_it_is():
    assert isinstance(machine.cpu(), Cpu)


def test_portable_makes_one_type_of_processors_that_native_tells_apart():
    made = [MADE | {"cpu": cpu_of(text).as_json()} for text in (INTEL, AMD)]
    portable, native = ({"instruction_set": name} for name in ("portable", "native"))
    assert {machine_type(one, portable) for one in made} == {
        "x86_64, portable AVX2, numpy 2.4 with openblas 1, MKL 2024.2"
    }
    assert len({machine_type(one, native) for one in made}) == 2
    assert "Xeon" in machine_type(made[0], native)


@pytest.mark.parametrize(
    "change",
    [
        {"blas": {"torch": "MKL 2025.0"}},
        {"cpu_capability": "DEFAULT"},
        {"numpy": "2.5"},
        {"machine": "arm64"},
        {"world_size": 2},
    ],
)
def test_what_else_decides_bits_makes_another_type_under_portable_too(change):
    numerics = {"instruction_set": "portable"}
    assert machine_type(MADE | change, numerics) != machine_type(MADE, numerics)


def test_a_gpus_type_is_its_model():
    made = MADE | {"device_name": "NVIDIA H100 80GB HBM3"}
    assert machine_type(made, {"device": "cuda"}) == "NVIDIA H100 80GB HBM3"
    assert machine_type({}, {"device": "mps"}) == "mps"


def test_a_record_that_says_nothing_has_no_type():
    assert machine_type({}, {"device": "cpu"}) == ""
    assert machine_type(MADE, {}) == ""  # no tensor was made


@pytest.mark.parametrize(
    ("architecture", "text", "portable"),
    [
        ("x86_64", AMD, True),
        ("AMD64", "", True),  # Windows does not tell
        ("x86_64", "flags : sse4_2 avx\n", False),
        ("arm64", MAC, False),
        ("aarch64", ARM, False),
    ],
)
def test_x86_with_avx2_has_the_portable_instruction_set(monkeypatch, architecture, text, portable):
    monkeypatch.setattr(platform, "machine", lambda: architecture)
    monkeypatch.setattr(machine, "cpu", lambda: cpu_of(text))
    assert portable_here() is portable
    monkeypatch.setenv("EARLYEXP_NATIVE_ONLY", "1")
    assert not portable_here()
