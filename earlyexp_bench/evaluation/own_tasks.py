"""Tasks by name, lm-eval's own and ours, without parsing its fourteen thousand YAML files for every checkpoint.

Its index takes 10 to 20 s to build; reading the files' text for the one that declares a task takes half a second.
"""

import functools
import itertools
import re
from pathlib import Path
from typing import Any

import lm_eval.tasks
from lm_eval.tasks import TaskManager

from earlyexp_bench.contracts import UserError

# Tasks that bring their data, in lm-eval's own layout: `lm_eval --include_path` finds them here too.
OURS = Path(__file__).parent / "tasks"
THEIRS = Path(lm_eval.tasks.__file__).parent


def find_task_file(name: str) -> Path | None:
    """Return the YAML file that declares the task ``name`` itself; None for groups, tags and inherited names.

    Of several files it is the first by path, as in lm-eval's index; lm-eval's own come before ours.
    """
    quoted = rb"[\"']?" + re.escape(name.encode()) + rb"[\"']?"
    declares = re.compile(rb"^[\"']?task[\"']?:[ \t]*" + quoted + rb"[ \t]*(#.*)?\r?$", re.MULTILINE)
    group = re.compile(rb"^[\"']?group[\"']?:", re.MULTILINE)
    folders = (sorted(folder.glob("**/*.yaml"), key=Path.as_posix) for folder in (THEIRS, OURS))
    for path in itertools.chain.from_iterable(folders):
        text = path.read_bytes()
        if declares.search(text) and not group.search(text):
            return path
    return None


def load_own(name: str) -> dict[str, Any]:
    """Load a task, group or tag by name as ``TaskManager.load`` returns them.

    Args:
        name: As ``lm_eval ls tasks`` lists it, or one of ours.

    Raises:
        UserError: There is none of that name.
    """
    if name and (path := find_task_file(name)) is not None:
        by_path: dict[str, Any] = TaskManager(include_defaults=False).load([str(path)])
        return by_path
    if name not in _all_tasks().task_index:
        raise UserError(f"lm-eval has no task {name!r}", expected="a name that `lm_eval ls tasks` lists")
    by_name: dict[str, Any] = _all_tasks().load([name])
    return by_name


def known_names() -> list[str]:
    """Return the names of all tasks, groups and tags."""
    return sorted(_all_tasks().task_index)


@functools.cache
def _all_tasks() -> TaskManager:
    return TaskManager(include_path=str(OURS))
