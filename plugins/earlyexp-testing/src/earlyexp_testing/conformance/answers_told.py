"""Questions whose answer stands in the prompt, or is marked there.

That an answer occurs in a prompt is no fault by itself: options are listed, a passage is read, a text is copied. So the
right answer is compared with those that are wrong, of the same question or of others: what is said of all options gives
nothing away. What is the domain's own prompt is the domain's to answer for, and a task that is about finding or copying
says so in its metadata (`answer_in_prompt: true`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lm_eval.api.task import ConfigurableTask

DECLARED = "answer_in_prompt"
_FEWEST = 8
"""Questions from which on a pattern is one."""
_MOST = 200
_EXCESS = 0.5
_NEARLY_ALL = 0.9
_SHORTEST = 3
_LETTERED = re.compile(r"^[ \t]*\(?([A-Za-z0-9])[).:][ \t]+(.+?)[ \t]*$", re.MULTILINE)
_BEFORE, _AFTER = re.compile(r"(\S{0,12})[^\S\n]*$"), re.compile(r"[^\S\n]*(\S{0,12})")
_REMEDY = "leave it out of the prompt"


@dataclass(frozen=True)
class Asked:
    """A question as the model is asked it.

    Attributes:
        prompt: What comes before the answer.
        answers: The options, or the one answer.
        right: Index of the right one.
    """

    prompt: str
    answers: tuple[str, ...]
    right: int = 0


def asked_by(task: ConfigurableTask) -> list[Asked]:
    """Return the questions of a task whose requests are built; none where nothing comes before what is scored."""
    if task.OUTPUT_TYPE == "multiple_choice":
        return _with_options(task)
    found = []
    for instance in task.instances:
        prompt, answer = (*instance.args, "")[:2]
        answer = task.doc_to_target(instance.doc) if task.OUTPUT_TYPE == "generate_until" else answer
        if isinstance(answer, str) and task.OUTPUT_TYPE != "loglikelihood_rolling":
            found.append(Asked(str(prompt), (answer,)))
    return found[:_MOST]


def _with_options(task: ConfigurableTask) -> list[Asked]:
    by_document: dict[int, list[Any]] = {}
    for instance in task.instances:
        by_document.setdefault(instance.doc_id, []).append(instance)
    found = []
    for instances in list(by_document.values())[:_MOST]:
        options = tuple(str(instance.args[1]) for instance in instances)
        right = _place(task.doc_to_target(instances[0].doc), options)
        if len({instance.args[0] for instance in instances}) == 1 and right is not None:
            found.append(Asked(str(instances[0].args[0]), options, right))
    return found


def _place(target: object, options: Sequence[str]) -> int | None:
    stripped = [option.strip() for option in options]
    if isinstance(target, str):
        return stripped.index(target.strip()) if target.strip() in stripped else None
    return target if isinstance(target, int) and 0 <= target < len(options) else None


def told(questions: Sequence[Asked]) -> Iterator[str]:
    """Yield how the prompts of a task give its answers away."""
    if len(questions) < _FEWEST:
        return
    variants = [list(questions), [replace(q, answers=_spelt_out(q)) for q in questions]]
    complaints = (complaint for rule in (_said, _counted, _marked) for asked in variants for complaint in rule(asked))
    yield from [complaint for complaint in complaints][:1]


def _said(questions: Sequence[Asked]) -> Iterator[str]:
    """Yield that the right answer stands in the prompt and others do not."""
    long = [q for q in questions if len(q.answers[q.right].strip()) >= _SHORTEST]
    if len(long) < _FEWEST:
        return
    right = sum(_holds(q.prompt, q.answers[q.right]) for q in long) / len(long)
    others = [_holds(q.prompt, wrong) for q in long for wrong in _wrong(q, long)]
    if others and right - sum(others) / len(others) > _EXCESS:
        yield (
            f"the answer stands in the prompt of {right:.0%} of {len(long)} questions, such as {_shown(long)}, and "
            f"wrong ones in {sum(others) / len(others):.0%}: {_REMEDY}, or, if finding it there is the task, say "
            f"`metadata: {{{DECLARED}: true}}`"
        )


def _wrong(question: Asked, questions: Sequence[Asked]) -> Iterator[str]:
    """Yield wrong options, or the answers of other questions where there are none."""
    right = question.answers[question.right]
    of_others = (other.answers[other.right] for other in questions) if len(question.answers) == 1 else ()
    yield from (answer for answer in (*question.answers, *of_others) if answer != right)


def _counted(questions: Sequence[Asked]) -> Iterator[str]:
    """Yield that the option that the prompt names most often, or least, is the right one."""
    for word, best in (("most", max), ("least", min)):
        hits = sum(_sticks_out(q, [_count(q.prompt, answer) for answer in q.answers], best) for q in questions)
        if hits >= _NEARLY_ALL * len(questions):
            yield (
                f"the option that the prompt names {word} often is the right one in {hits} of {len(questions)} "
                f"questions: name all of them once, or none"
            )


def _sticks_out(question: Asked, counts: list[int], best: Callable[[list[int]], int]) -> bool:
    return counts.count(best(counts)) == 1 < len(counts) and counts[question.right] == best(counts)


def _marked(questions: Sequence[Asked]) -> Iterator[str]:
    """Yield that something stands beside the right option in the prompt that stands beside no other."""
    for where, pattern in (("before", _BEFORE), ("behind", _AFTER)):
        marks = Counter(mark for q in questions if (mark := _own_mark(q, pattern, where == "before")) is not None)
        for mark, count in marks.most_common(1):
            if count >= _NEARLY_ALL * len(questions):
                yield (
                    f"{mark!r} stands {where} the right option in the prompts of {count} of {len(questions)} questions "
                    f"and {where} no other: {_REMEDY}"
                )


def _own_mark(question: Asked, pattern: re.Pattern[str], before: bool) -> str | None:
    marks = [_mark(question.prompt, answer.strip(), pattern, before) for answer in question.answers]
    own = marks.pop(question.right)
    return None if own is None or not marks or own in marks or None in marks else own


def _mark(prompt: str, answer: str, pattern: re.Pattern[str], before: bool) -> str | None:
    """Return what stands beside an option, single letters and digits aside, which number options."""
    at = _find(prompt, answer)
    if at < 0:
        return None
    found = pattern.search(prompt[:at]) if before else pattern.match(prompt[at + len(answer) :])
    return re.sub(r"\b[^\W_]\b", "", found[1]) if found else ""


def _find(prompt: str, answer: str) -> int:
    found = _pattern(answer).search(prompt) if answer else None
    return found.start() if found else -1


def _count(prompt: str, answer: str) -> int:
    return len(_pattern(answer.strip()).findall(prompt)) if answer.strip() else 0


def _pattern(answer: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(answer)}(?![^\W_])")


def _holds(prompt: str, answer: str) -> bool:
    wanted, text = (" ".join(part.casefold().split()) for part in (answer, prompt))
    return bool(wanted) and _find(text, wanted) >= 0


def _spelt_out(question: Asked) -> tuple[str, ...]:
    """Return what letters stand for, where the prompt has a line such as ``B. oxygen`` for each; else the options."""
    meant = dict(_LETTERED.findall(question.prompt))
    return tuple(meant.get(answer.strip(" ().:"), answer) for answer in question.answers)


def _shown(questions: Sequence[Asked]) -> str:
    question = next(q for q in questions if _holds(q.prompt, q.answers[q.right]))
    return repr(question.answers[question.right].strip()[:60])
