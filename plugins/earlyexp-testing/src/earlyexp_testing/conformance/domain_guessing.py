"""Multiple choice: no answer that its place or its length gives away.

A blind rule scores the options of a question without reading them and picks the highest; equal scores share the hit.
Expected hits by chance are the sum of 1 / options. A rule is reported when its accuracy is more than 10 points above
chance *and* its hits more than 4.5 standard deviations: about thirty rules of a sound task together then pass with
probability 0.9999.

Where every question has the same options, such as yes and no, these are classes: the one that is right most often must
not be right in more than 90% of all questions, from 20 on. Their lengths say nothing, nor do their places where they
stand in one order.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean

MARGIN = 0.1
DEVIATIONS = 4.5
_LARGEST_CLASS = 0.9
_FEWEST_OF_CLASSES = 20


@dataclass(frozen=True)
class Question:
    """Options of a question, at least two, and the place of the right one."""

    choices: tuple[str, ...]
    answer: int


Rule = Callable[[Sequence[str]], Sequence[float]]
Measure = Callable[[str], int]
_UNITS: dict[str, Measure] = {"characters": len, "words": lambda text: len(text.split())}


def guessable(questions: Sequence[Question]) -> Iterator[str]:
    """Yield the best rule by place and the best by length, where they beat chance."""
    if not questions:
        return
    classes = _same_options(questions)
    if classes:
        yield from _one_class(questions)
    if classes and len({question.choices for question in questions}) == 1:
        return
    most = max(len(question.choices) for question in questions)
    hits = {rule: _hits(scores, questions) for rule, scores in _place_rules(most).items()}
    yield from _complaint(hits, questions, "put it at a place drawn by hash")
    if classes:
        return
    hits = {rule: _hits(scores, questions) for rule, scores in _length_rules(most).items()}
    hits |= {f"the usual length in {unit}": _usual_length_hits(size, questions) for unit, size in _UNITS.items()}
    yield from _complaint(hits, questions, "draw wrong options as long as the right one")


def _complaint(hits: dict[str, float], questions: Sequence[Question], remedy: str) -> Iterator[str]:
    chances = [1 / len(question.choices) for question in questions]
    rule = max(hits, key=lambda name: hits[name])
    excess = hits[rule] - sum(chances)
    deviation = math.sqrt(sum(chance * (1 - chance) for chance in chances))
    if excess > MARGIN * len(questions) and excess > DEVIATIONS * deviation:
        yield (
            f"choosing {rule}, whatever the question, is right in {hits[rule] / len(questions):.0%} of "
            f"{len(questions)}, chance is {mean(chances):.0%}: {remedy} (`earlyexp_bench.domains.matched_choices` does)"
        )


def _hits(rule: Rule, questions: Sequence[Question]) -> float:
    return sum(_share(rule(question.choices), question.answer) for question in questions)


def _share(scores: Sequence[float], answer: int) -> float:
    return (scores[answer] == max(scores)) / list(scores).count(max(scores))


def _place_rules(most: int) -> dict[str, Rule]:
    rules: dict[str, Rule] = {f"place {k + 1}": partial(_at, k) for k in range(most)}
    return rules | {"the last place": lambda options: _at(len(options) - 1, options)}


def _at(place: int, options: Sequence[str]) -> list[float]:
    return [float(i == place) for i in range(len(options))]


def _length_rules(most: int) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for unit, size in _UNITS.items():
        for k in range(most):
            rules[f"number {k + 1} from the shortest in {unit}"] = partial(_ranked, size, k)
        rules[f"the longest in {unit}"] = partial(_sized, size)
        rules[f"the one whose length in {unit} stands out"] = partial(_distance, size, 1)
        rules[f"the one of middling length in {unit}"] = partial(_distance, size, -1)
    return rules


def _sized(size: Measure, options: Sequence[str]) -> list[float]:
    return [float(size(option)) for option in options]


def _ranked(size: Measure, rank: int, options: Sequence[str]) -> list[float]:
    wanted = sorted(map(size, options))[min(rank, len(options) - 1)]
    return [float(size(option) == wanted) for option in options]


def _distance(size: Measure, sign: int, options: Sequence[str]) -> list[float]:
    """Score an option by how far its length lies from the mean of the others', times ``sign``."""
    sizes = _sized(size, options)
    return [sign * abs(own - (sum(sizes) - own) / (len(sizes) - 1)) for own in sizes]


def _usual_length_hits(size: Measure, questions: Sequence[Question]) -> float:
    """Count the hits of the length that is most often right, learnt from one half and tried on the other."""
    halves = questions[::2], questions[1::2]
    return sum(_hits(_learnt(size, halves[1 - i]), halves[i]) for i in range(2))


def _learnt(size: Measure, questions: Sequence[Question]) -> Rule:
    right = Counter(size(question.choices[question.answer]) for question in questions)
    met = Counter(size(option) for question in questions for option in question.choices)
    return lambda options: [(right[size(o)] + 0.5) / (met[size(o)] + 2) for o in options]


def _same_options(questions: Sequence[Question]) -> bool:
    """Tell whether every question has the same options and these are no mere letters or numbers of places."""
    options = sorted(questions[0].choices)
    letters = all(len(option.strip(" ().:")) <= 1 for option in options)
    return not letters and all(sorted(question.choices) == options for question in questions)


def _one_class(questions: Sequence[Question]) -> Iterator[str]:
    right, count = Counter(question.choices[question.answer] for question in questions).most_common(1)[0]
    if len(questions) >= _FEWEST_OF_CLASSES and count > _LARGEST_CLASS * len(questions):
        yield (
            f"the answer {right!r} is right in {count} of {len(questions)} questions: hold out "
            "as many questions of every answer"
        )
