"""What machine this is, as far as that decides bits: processor, the flags that choose kernels, the type of machine.

Two machines of one type give equal bits. Under the portable instruction set every x86-64 processor with AVX2 is of one
type; under the native one a library chooses kernels by vendor, model and flags, so these are part of it.
"""

import functools
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts.canonical import digest
from earlyexp_bench.contracts.environment import X86

NATIVE_ONLY = "EARLYEXP_NATIVE_ONLY"
"""Set to 1, a machine counts as one that has no portable instruction set: to see what such a one would do."""

PORTABLE_FLAGS = frozenset({"avx2", "fma"})
_KERNEL_FLAGS = re.compile(
    r"(avx|amx|fma|sse4|f16c|asimd|neon|sve|sme|bf16|i8mm|fphp|feat_(bf16|i8mm|dotprod|sme))", re.ASCII
)
_CPUINFO = Path("/proc/cpuinfo")
# What /proc/cpuinfo and sysctl call a processor's parts; of several the first that is there.
_VENDOR = ("vendor_id", "CPU implementer", "machdep.cpu.vendor")
_MODEL = ("model name", "machdep.cpu.brand_string", "CPU part")
_STEPPING = ("cpu family", "model", "stepping", "CPU variant", "CPU revision")
_FLAGS = ("flags", "Features", "machdep.cpu.features", "machdep.cpu.leaf7_features")
_ARM_FEATURE = "hw.optional.arm.FEAT_"
_SHOWN_DIGITS = 6


@dataclass(frozen=True)
class Cpu:
    """A processor; what a system does not tell is empty.

    Attributes:
        model: Its name, and family, model and stepping: virtual machines hide the first.
        flags: Those that choose kernels, sorted.
    """

    vendor: str = ""
    model: str = ""
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.vendor, self.model)))
        return f"{named}, flags {digest(self.flags)[:_SHOWN_DIGITS]}" if self.flags else named

    def as_json(self) -> dict[str, Any]:
        """As a record has it."""
        return asdict(self) | {"flags": list(self.flags)}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Cpu":
        """Read what `as_json` wrote."""
        return cls(str(said.get("vendor", "")), str(said.get("model", "")), tuple(said.get("flags", ())))


@functools.cache
def cpu() -> Cpu:
    """Return this machine's processor, as far as its system tells."""
    if _CPUINFO.is_file():
        return cpu_of(_CPUINFO.read_text(encoding="utf-8", errors="replace"))
    if sys.platform == "darwin":
        return cpu_of(_sysctl())
    return Cpu(model=platform.processor())


def cpu_of(text: str) -> Cpu:
    """Read what ``/proc/cpuinfo`` or ``sysctl machdep.cpu hw.optional`` say; of several processors the first."""
    said = _named(text.strip().split("\n\n")[0])
    flags = {flag.lower() for name in _FLAGS for flag in said.get(name, "").split()}
    flags |= {name.lower().rpartition(".")[2] for name in said if name.startswith(_ARM_FEATURE) and said[name] == "1"}
    stepping = "-".join(said[name] for name in _STEPPING if name in said)
    model = " ".join(filter(None, (_first(said, _MODEL), stepping)))
    return Cpu(_first(said, _VENDOR), model, _kernel_flags(flags))


def portable_here() -> bool:
    """Tell whether this machine has the portable instruction set: x86-64 with AVX2.

    Where a system does not tell its flags, as Windows does not, x86-64 counts as having it: only plans are made there.
    """
    if os.environ.get(NATIVE_ONLY) == "1" or platform.machine().lower() not in X86:
        return False
    return not cpu().flags or PORTABLE_FLAGS.issubset(cpu().flags)


def machine_type(environment: Mapping[str, Any], numerics: Mapping[str, Any]) -> str:
    """Name the type of machine that a record was made on; empty where no tensor was made.

    The version of torch is a part of it too, and stands beside it in every record and checkpoint.

    Args:
        environment: Of the record; what it does not say is left out.
        numerics: The record's numerics block; a stage without one makes no tensor.
    """
    if not numerics:
        return ""
    if numerics.get("device", "cpu") != "cpu":
        parts = [environment.get("device_name") or numerics["device"]]
    else:
        parts = list(_cpu_parts(environment, numerics.get("instruction_set", "native")))
    ranks = int(environment.get("world_size", 1))
    return ", ".join(filter(None, [*map(str, parts), f"{ranks} ranks" if ranks > 1 else ""]))


def _cpu_parts(environment: Mapping[str, Any], instruction_set: str) -> Iterable[str]:
    yield environment.get("machine", "")
    capability = environment.get("cpu_capability", "")
    if instruction_set == "portable":
        yield f"portable {capability}".strip()
        products = environment.get("blas", {}).get("numpy", "")  # numpy has the portable kernels
        yield f"numpy {environment.get('numpy', '?')} with {products}" if products else ""
    else:
        yield capability
        yield str(Cpu.of(environment.get("cpu", {})))
    yield environment.get("blas", {}).get("torch", "")


def _named(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _first(said: Mapping[str, str], names: Iterable[str]) -> str:
    return next((said[name] for name in names if said.get(name)), "")


def _kernel_flags(flags: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(flag for flag in flags if _KERNEL_FLAGS.match(flag)))


def _sysctl() -> str:
    try:
        command = ["sysctl", "machdep.cpu", "hw.optional"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
