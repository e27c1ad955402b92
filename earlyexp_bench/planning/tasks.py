"""lm-eval's own tasks by name: known, their data here, and able to be scored, before anything trains."""

import difflib
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from earlyexp_bench.contracts import UserError
from earlyexp_bench.hooks import registry
from earlyexp_bench.planning.asking import ask_worker
from earlyexp_bench.planning.plan import Plan
from earlyexp_bench.planning.status import NodeStatus
from earlyexp_bench.spec import LoadedBenchmark


class TaskAnswer(BaseModel):
    """What a worker says of one name: `Rehearsed`."""

    reported: list[str]
    error: str
    expected: str
    known: bool
    nearest: list[str]


def check_tasks(plan: Plan, statuses: Sequence[NodeStatus], environment: Mapping[str, str]) -> None:
    """Try every task that the evaluators name, in a worker, which fetches its data; nothing is asked without one.

    No answer is kept: data may be gone the next time.

    Args:
        plan: The benchmark's.
        statuses: Where every evaluation is in the store, nothing needs to be tried.
        environment: Further variables of the worker, as evaluations will have them.

    Raises:
        UserError: lm-eval has none of that name, its data cannot be had, or it cannot be measured here.
    """
    if all(status.state != "miss" for status in statuses if status.node.spec.kind == "evaluate"):
        return
    names = {i: use.use for i, use in enumerate(plan.spec.evaluators) if not registry().has("evaluator", use.use)}
    if names:
        answers = ask_worker("--tasks", list(names.values()), environment)
        _refuse(plan.loaded, names, {name: TaskAnswer.model_validate(answer) for name, answer in answers.items()})


def _refuse(loaded: LoadedBenchmark, names: Mapping[int, str], answers: Mapping[str, TaskAnswer]) -> None:
    reported: dict[str, str] = {}
    for index, name in names.items():
        where, answer = loaded.where(("evaluators", index)), answers[name]
        if not answer.known:
            raise _unknown(name, where, answer.nearest)
        if answer.error:
            raise UserError(answer.error, where=where, expected=answer.expected)
        for task in answer.reported:
            if task in reported:
                message = f"{name} measures {task}, and so does {reported[task]}"
                raise UserError(message, where=where, expected="one of them")
            reported[task] = name


def _unknown(name: str, where: str, nearest: Sequence[str]) -> UserError:
    """Say what may have been meant, among evaluators and lm-eval's tasks alike."""
    known = [*(entry.id.rpartition("/")[2] for entry in registry().all("evaluator")), *nearest]
    close = [f"{word!r}" for word in difflib.get_close_matches(name, known, n=2)]
    expected = f"{' or '.join(close)}?" if close else "an evaluator of `plugins list`, or a name of `lm_eval ls tasks`"
    return UserError(
        f"there is no evaluator {name!r}, and no task of lm-eval's",
        where=where,
        expected=expected + registry().not_loaded(),
    )
