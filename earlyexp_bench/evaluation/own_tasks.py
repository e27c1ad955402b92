"""lm-eval's own tasks by name, without parsing its fourteen thousand YAML files for every checkpoint.

Its index takes 10 to 20 s to build; reading the files' text for the one that declares a task takes half a second.
"""

import functools
import importlib.util
import re
from pathlib import Path
from typing import Any

from lm_eval.tasks import TaskManager

from earlyexp_bench.contracts import UserError


def find_task_file(name: str) -> Path | None:
    """Return lm-eval's YAML file that declares the task ``name`` itself; None for groups, tags and inherited names.

    Of several files it is the first by path, as in lm-eval's index.
    """
    quoted = rb"[\"']?" + re.escape(name.encode()) + rb"[\"']?"
    declares = re.compile(rb"^[\"']?task[\"']?:[ \t]*" + quoted + rb"[ \t]*(#.*)?\r?$", re.MULTILINE)
    group = re.compile(rb"^[\"']?group[\"']?:", re.MULTILINE)
    for path in sorted(_tasks_folder().glob("**/*.yaml"), key=Path.as_posix):
        text = path.read_bytes()
        if declares.search(text) and not group.search(text):
            return path
    return None


def load_own(name: str, manager: TaskManager | None = None) -> dict[str, Any]:
    """Load one of lm-eval's tasks, groups or tags as ``TaskManager.load`` returns them.

    Args:
        name: As ``lm_eval ls tasks`` lists it.
        manager: Where to look; lm-eval's own tasks by default.

    Raises:
        UserError: There is none of that name.
    """
    if manager is None and (path := find_task_file(name)) is not None:
        by_path: dict[str, Any] = TaskManager(include_defaults=False).load([str(path)])
        return by_path
    manager = manager or _all_tasks()
    if name not in manager.task_index:
        raise UserError(f"lm-eval has no task {name!r}", expected="a name that `lm_eval ls tasks` lists")
    by_name: dict[str, Any] = manager.load([name])
    return by_name


def _tasks_folder() -> Path:
    spec = importlib.util.find_spec("lm_eval")
    if spec is None or spec.origin is None:
        raise UserError("lm-eval is not installed", expected="`pip install lm-eval`")
    return Path(spec.origin).parent / "tasks"


@functools.cache
def _all_tasks() -> TaskManager:
    return TaskManager()
