"""Questions that a launcher puts to a worker, JSON in and JSON out; what answers is imported when it is asked."""

from dataclasses import asdict
from typing import Any


def probe(question: dict[str, Any]) -> dict[str, Any]:
    """Find out what a model is, as ``probe.answer`` has it."""
    from earlyexp_bench.worker.probe import answer

    return asdict(answer(question))


def device(name: str) -> bool:
    """Tell whether torch finds a device of this type here."""
    import torch

    return {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[name]


def tasks(names: list[str]) -> dict[str, Any]:
    """Try lm-eval's own tasks for whoever plans to measure them; say by name what each amounts to."""
    from earlyexp_bench.evaluation.rehearsal import rehearse

    return {name: asdict(rehearse(name)) for name in names}


def export_tasks(question: dict[str, Any]) -> list[str]:
    """Write a benchmark's tasks, as ``export.answer`` has it."""
    from earlyexp_bench.worker.export import answer

    return answer(question)
