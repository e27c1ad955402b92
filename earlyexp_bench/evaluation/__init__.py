"""The one place that touches lm-eval. Names here load without it; `adapter` and `model` import it."""

from earlyexp_bench.contracts import task_prefix
from earlyexp_bench.evaluation.export import export_tasks
from earlyexp_bench.evaluation.stored import load_domain, save_domain

__all__ = ["export_tasks", "load_domain", "save_domain", "task_prefix"]
