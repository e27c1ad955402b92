"""Four-way questions whose answer neither its place nor its length gives away."""

import hashlib
from collections.abc import Iterable
from typing import Any

CHOICES = 4


def matched_choices(answer: str, pool: Iterable[str], salt: str) -> tuple[list[str], int] | None:
    """Return four options, three of them from ``pool``, and the place of ``answer`` among them.

    The distractors are the neighbours of the answer when everything is ordered by length, and whether the answer is the
    shortest, second, third or longest of the four is drawn by hash. So is its place. Guessing by either gives 25%.

    Args:
        answer: The right option.
        pool: Other options to draw from; the answer itself and repeats are ignored.
        salt: What the draws depend on: different for every question.

    Returns:
        None where ``pool`` has too few options on the drawn side.
    """
    others = sorted(set(pool) - {answer}, key=lambda text: (len(text), _number(text, salt)))
    before = sum((len(text), _number(text, salt)) < (len(answer), _number(answer, salt)) for text in others)
    rank = _number("rank", salt) % CHOICES
    first = before - rank
    window = others[first : first + CHOICES - 1] if first >= 0 else []
    if len(window) < CHOICES - 1:
        return None
    options = sorted([answer, *window], key=lambda text: _number(text, f"{salt}\x1fplace"))
    return options, options.index(answer)


def four_way_task(name: str, documents: list[dict[str, Any]], version: str, delimiter: str = " ") -> dict[str, Any]:
    """Return the lm-eval configuration of a four-way question on the test split, scored by likelihood.

    Args:
        name: The task's name.
        documents: Each with ``prompt`` (no space at its end), 4 ``choices``, ``answer`` (place of the right one).
        version: The domain's version.
        delimiter: What stands between prompt and option.
    """
    return {
        "task": name,
        "custom_dataset": lambda **_: {"test": [dict(document) for document in documents]},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "prompt",
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "target_delimiter": delimiter,
        "metric_list": [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in ("acc", "acc_norm")
        ],
        "metadata": {"version": version},
    }


def _number(text: str, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt}\x1f{text}".encode()).digest()[:8], "big")
