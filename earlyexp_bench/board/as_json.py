"""A plan as JSON, with what should be known of its rows."""

from typing import Any

from earlyexp_bench.board.notes import notes_of_plan
from earlyexp_bench.contracts import StageFailure
from earlyexp_bench.planning.prepare import Prepared


def plan_json(prepared: Prepared) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "schema_version": 1,
        "board": prepared.plan.loaded.board,
        "cells": len(prepared.plan.cells),
        "parameters": prepared.probe.parameters,
        "device_present": prepared.probe.device_present,
        "forecast": vars(prepared.forecast),
        "notes": [vars(note) for note in notes_of_plan(prepared.plan)],
        "stages": [
            {
                "kind": status.node.spec.kind,
                "key": status.node.key,
                "label": status.node.label,
                "state": status.state,
                "reason": status.reason,
                "failure": _failure(status.failure) if status.failure else None,
                "drift": [vars(difference) for difference in status.drift],
                "changed_parents": list(status.changed_parents),
                "machine": status.machine,
                "update_tokens": status.node.update_tokens,
                "flops": (status.node.update_tokens + status.node.overhead_tokens) * prepared.probe.flops_per_token,
                "parents": {role: parent.key for role, parent in status.node.spec.parents.items()},
            }
            for status in prepared.statuses
        ],
    }


def _failure(failure: StageFailure) -> dict[str, str]:
    """All but the traceback, which is in the stage's log."""
    return {name: value for name, value in vars(failure).items() if name != "traceback"}
