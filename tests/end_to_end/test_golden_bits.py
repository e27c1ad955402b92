"""A portable benchmark gives the same weights and losses everywhere: those of `golden-bits.json`.

It is a tiny run of `smoke`, all stages of it. A change of keys, training or evaluation, or of torch or numpy, changes
it; then write it anew: ``python tests/end_to_end/test_golden_bits.py``.
"""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from earlyexp_bench.contracts import digest
from earlyexp_bench.contracts.machine import portable_here
from earlyexp_bench.options import DEFAULT_STORE
from earlyexp_bench.store import Store

GOLDEN = Path(__file__).parent / "golden-bits.json"


def bits_of(folder: Path) -> dict[str, dict[str, str]]:
    """Return hashes of weights by output, and one of everything that was measured, of every stage of a run."""
    found = {}
    for kind, record in Store(folder / DEFAULT_STORE).records():
        assert record.output is not None
        exact = json.dumps(record.output.model_dump(mode="json"), sort_keys=True)  # every digit of every float
        measured = {"measured": digest(exact)[:16]}
        weights = {output: value[:16] for output, value in record.weight_hashes.items()}
        found[f"{kind} {record.key[:12]}"] = measured | weights
    return dict(sorted(found.items()))


@pytest.mark.slow
@pytest.mark.xdist_group("finished")
@pytest.mark.skipif(not portable_here(), reason="this machine has no portable instruction set")
def test_every_stage_has_the_bits_that_it_has_elsewhere(finished: Path) -> None:
    assert bits_of(finished) == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import run_tiny

    with tempfile.TemporaryDirectory() as folder:
        assert run_tiny(Path(folder)).returncode == 0
        GOLDEN.write_text(json.dumps(bits_of(Path(folder)), indent=1) + "\n", encoding="utf-8")
