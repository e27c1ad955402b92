"""lm-eval's own tasks tried before a checkpoint exists: what would fail at evaluation is found before training."""

from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import datasets
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask

from earlyexp_bench.contracts import UserError
from earlyexp_bench.evaluation.adapter import TaskRequest, load_request, preserved_random_state, quiet
from earlyexp_bench.evaluation.model import refuse_sampling
from earlyexp_bench.evaluation.own_tasks import known_names

# What `CheckpointLM` answers, by the kind of request; the value that a worst checkpoint might give.
ANSWERS: dict[str, Any] = {"loglikelihood": (-1.0, False), "loglikelihood_rolling": -1.0, "generate_until": ""}
NEAREST = 3


@dataclass(frozen=True)
class Rehearsed:
    """What a name of lm-eval's amounts to.

    Attributes:
        reported: Names of the tasks and groups that scores are reported of.
        error: Why it cannot be measured; empty where it can.
        expected: What would be right.
        known: Whether lm-eval has the name.
        nearest: Names that it has, where it does not have this one.
    """

    reported: list[str] = field(default_factory=list)
    error: str = ""
    expected: str = ""
    known: bool = True
    nearest: list[str] = field(default_factory=list)


def rehearse(name: str) -> Rehearsed:
    """Load a task, group or tag with its data as an evaluation would, and score one document of each task.

    Data that are not here are fetched, unless the environment says that lm-eval works offline.
    """
    with quiet(), preserved_random_state():
        try:
            loaded = load_request(TaskRequest(name))
        except UserError:
            return Rehearsed(known=False, nearest=get_close_matches(name, known_names(), n=NEAREST))
        except Exception as error:  # noqa: BLE001 - lm-eval, a data library or a task's own code: whatever it is
            return Rehearsed(error=f"lm-eval cannot load {name!r}: {_said(error)}", expected=_remedy(error))
        for task in loaded["tasks"].values():
            if reason := _reason(task):
                return Rehearsed(error=f"{task.task_name} {reason}", expected="evaluators without it")
    return Rehearsed(reported=sorted({*loaded["groups"], *loaded["tasks"]}))


def _reason(task: ConfigurableTask) -> str:
    """Return why a task cannot be measured."""
    if getattr(task, "UNSAFE_CODE", False):
        return "runs code that the model writes"
    if getattr(task, "MULTIMODAL", False):
        return "shows the model more than text"
    try:
        task.build_all_requests(limit=1)
        metrics = _scored(task)
    except UserError as error:
        return f"cannot be measured: {error.message}"
    except Exception as error:  # noqa: BLE001 - a task's own code
        return f"cannot be scored on its first document: {_said(error)}"
    return _aggregation_fault(task, metrics) if metrics else "computes none of the metrics that it names"


def _scored(task: ConfigurableTask) -> dict[str, list[Any]]:
    """Score the first document with made-up answers, as ``lm_eval.evaluate`` does."""
    for instance in task.instances:
        instance.resps.append(_answer(instance))
    task.apply_filters()
    metrics: dict[str, list[Any]] = defaultdict(list)
    instances = [instance for instance in task.instances if instance.doc_id == task.instances[0].doc_id]
    for name in instances[0].filtered_resps:
        answers = [instance.filtered_resps[name] for instance in instances]
        for metric, value in task.process_results(instances[0].doc, answers).items():
            metrics[metric].append(value)
    return metrics


def _answer(instance: Instance) -> Any:  # noqa: ANN401 - as lm-eval defines it
    if instance.request_type not in ANSWERS:
        raise UserError(f"it asks the model for {instance.request_type!r}")
    texts = instance.args[:1] if instance.request_type == "generate_until" else instance.args
    if not all(isinstance(text, str) for text in texts):
        raise UserError(f"it gives the model {instance.args!r}, not text")
    if instance.request_type == "generate_until":
        refuse_sampling(instance.args[1])  # its message is about the task
    return ANSWERS[instance.request_type]


def _aggregation_fault(task: ConfigurableTask, metrics: dict[str, list[Any]]) -> str:
    """Return which package or file a metric lacks; that one document's scores have no mean says nothing."""
    for metric, values in metrics.items():
        try:
            task.aggregation()[metric](values)
        except (ImportError, OSError) as error:
            return f"has the metric {metric!r}, which cannot be computed: {_said(error)}"
        except Exception:  # noqa: BLE001 - made-up answers, and one document
            continue
    return ""


def _said(error: BaseException) -> str:
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first}"


def _remedy(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "the package that it names, or evaluators without it"
    if datasets.config.HF_HUB_OFFLINE:
        return "one `plan` or `run` with network and not offline, which fetches its data; or evaluators without it"
    return "its data, which a `plan` with network fetches once; or evaluators without it"
