"""The checkpoint that a benchmark starts from, as a stage finds it."""

from pathlib import Path
from typing import Literal

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.checkpoint import identify_checkpoint
from earlyexp_bench.stages.context import StageContext
from earlyexp_bench.training import find_checkpoint


def planned_checkpoint(context: StageContext, part: Literal["weights", "tokenizer"], expected: dict[str, str]) -> Path:
    """Return the checkpoint's directory.

    Raises:
        UserError: That part of it changed since it was planned, or it cannot be had.
    """
    location = context.spec.runtime.checkpoint
    assert location is not None  # who plans such a stage says where
    identity = identify_checkpoint(location.init_from, location.revision)
    if getattr(identity, part) != expected:
        raise UserError(
            f"the {part} changed after they were planned",
            where=location.init_from,
            expected="the same command once more: what is made of the changed checkpoint has a key of its own",
        )
    return find_checkpoint(location.init_from, location.revision)
