"""From a spec to stages and cells: keys, budgets, hits and misses, forecasts."""

from earlyexp_bench.planning.budget import check_token_counts
from earlyexp_bench.planning.cells import build_plan
from earlyexp_bench.planning.components import SPEC_KEYS
from earlyexp_bench.planning.forecast import Forecast
from earlyexp_bench.planning.plan import Cell, Node, Plan
from earlyexp_bench.planning.probe import probe_model, require_device
from earlyexp_bench.planning.status import NodeStatus, plan_status, stages_to_remake, summary

__all__ = [
    "SPEC_KEYS",
    "Cell",
    "Forecast",
    "Node",
    "NodeStatus",
    "Plan",
    "build_plan",
    "check_token_counts",
    "plan_status",
    "probe_model",
    "require_device",
    "stages_to_remake",
    "summary",
]
