"""What all code of a process shares, and what somebody has changed of it.

Libraries that are not loaded have no state: a snapshot taken before torch is imported says nothing of torch.
"""

import hashlib
import os
import pickle
import random
import sys
from collections.abc import Iterator, Mapping
from typing import Any

Snapshot = Mapping[str, object]

RANDOM = "python's global random state"
NUMPY = "numpy's global random state"
TORCH = "torch's global random state"
TORCH_SEED = "the seed of torch's global random state"
ENVIRONMENT = "environment variables"
_STATES = (ENVIRONMENT, RANDOM, NUMPY, TORCH, TORCH_SEED)


def snapshot() -> dict[str, object]:
    """Return what is shared: random states as hashes, default dtype, grad mode and their like as they are."""
    found: dict[str, object] = {ENVIRONMENT: _hash(sorted(os.environ.items())), RANDOM: _hash(random.getstate())}
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and hasattr(numpy, "random"):
        found[NUMPY] = _hash(numpy.random.get_state())
    if torch is not None and hasattr(torch, "get_default_dtype"):
        found |= _torch(torch)
    return found


def differences(before: Snapshot, after: Snapshot, *, drawn: bool = False) -> Iterator[str]:
    """Yield what was changed between two snapshots.

    Args:
        before: The earlier one.
        after: The later one.
        drawn: Whether random numbers of torch may have been drawn, from the seed as it was set.
    """
    allowed = {TORCH} if drawn else {TORCH_SEED}
    for name in sorted(before.keys() & after.keys() - allowed):
        if before[name] != after[name]:
            yield name if name in _STATES else f"{name} ({before[name]} to {after[name]})"


def _torch(torch: Any) -> dict[str, object]:  # noqa: ANN401 - the module
    return {
        TORCH: _hash(torch.get_rng_state().numpy().tobytes()),
        TORCH_SEED: torch.initial_seed(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": str(torch.get_default_device()),
        "grad mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "anomaly detection": torch.is_anomaly_enabled(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "torch's number of threads": torch.get_num_threads(),
        "float32 matmul precision": torch.get_float32_matmul_precision(),
    }


def _hash(state: object) -> str:
    return hashlib.sha256(pickle.dumps(state)).hexdigest()
