"""The documents of `number_agreement`: every subject with every nearer noun, in both numbers."""

import itertools
from collections.abc import Iterator
from typing import Any

import datasets

SUBJECTS = (("key", "keys"), ("book", "books"), ("letter", "letters"), ("song", "songs"))
NEARER = (("the door", "the doors"), ("my friend", "my friends"), ("that house", "those houses"))
VERBS = ("is", "are")


def documents(**_: object) -> dict[str, datasets.Dataset]:
    """Return the test split: 48 sentences, half of their subjects singular."""
    return {"test": datasets.Dataset.from_list(list(_rows()))}


def _rows() -> Iterator[dict[str, Any]]:
    for subjects, nearer in itertools.product(SUBJECTS, NEARER):
        for number, other in itertools.product(range(2), range(2)):
            yield {"sentence": f"The {subjects[number]} of {nearer[other]}", "choices": list(VERBS), "label": number}
