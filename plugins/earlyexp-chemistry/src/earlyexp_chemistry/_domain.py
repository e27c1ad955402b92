"""Heavy half of ``chemistry/names``."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import Document, NoParams, Split
from earlyexp_bench.domains import (
    DataPackage,
    Splits,
    character_windows,
    default_fingerprint,
    four_way_task,
    matched_choices,
    split_documents,
)
from earlyexp_chemistry import NAMES

DOMAIN_ID = "chemistry/names"
MAX_CHARACTERS = 100
MAX_ITEMS = 300
COMPOUNDS = DataPackage(
    distribution="chemicals",
    version="1.5.2",
    package="chemicals",
    patterns=("Identifiers/chemical identifiers pubchem large.tsv",),
    sha256="689b5f33303d4563342a286bc45e7b30d4fc93b0d6ddc39a8e02a23478f708e2",
)
_FORMULA, _SMILES, _NAME = 2, 4, 7
_LOCANT = re.compile(r"\d+[a-z]?\b")
_ELEMENT = re.compile(r"[A-Z][a-z]?")
_NOT_LETTERS = re.compile(r"[^a-z]+")


class Names:
    """One compound a document; groups are compounds whose names differ in locants only.

    Args:
        params: None are needed.
    """

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the compounds of a split.

        Raises:
            UserError: ``chemicals`` is missing or carries other data.
        """
        return iter(self.splits.documents[split])

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return ``chemistry_structure``: which SMILES belongs to a test compound's name and formula?

        All four are about equally long and hold the same elements, so that the name has to be read.
        """
        pools: dict[frozenset[str], list[str]] = {}
        for document in self.splits.documents["test"]:
            pools.setdefault(_elements(document), []).append(answer(document))
        items: list[dict[str, Any]] = []
        for document in self.splits.documents["test"]:
            choices = matched_choices(answer(document), pools[_elements(document)], f"{DOMAIN_ID}\x1f{document.text}")
            if choices and len(items) < MAX_ITEMS:
                prompt = document.text[: document.answer_start]
                items.append({"prompt": prompt, "choices": choices[0], "answer": choices[1]})
        return {"chemistry_structure": four_way_task("chemistry_structure", items, NAMES.version)}

    def fingerprint(self, document: Document) -> frozenset[str]:
        """Return the 30-character windows of the name without locants, and those of the SMILES.

        The labels and the formula are left out: all documents share the former, all isomers the latter.
        """
        name = document.text.partition("\n")[0].removeprefix("Name: ")
        return character_windows(without_locants(name)) | character_windows(answer(document))

    @cached_property
    def splits(self) -> Splits:
        """All compounds by split, with what was left out."""
        return split_documents(_compounds(), DOMAIN_ID, (self.fingerprint, default_fingerprint))


def answer(document: Document) -> str:
    """Return a compound's SMILES."""
    return document.text[document.answer_start :].strip()


def _elements(document: Document) -> frozenset[str]:
    formula = document.text.partition("\nFormula: ")[2].partition("\n")[0]
    return frozenset(_ELEMENT.findall(formula))


def without_locants(name: str) -> str:
    """Return the words of a name without digits, locants and stereo letters, so that positional isomers agree."""
    words = _NOT_LETTERS.sub(" ", _LOCANT.sub(" ", name)).split()
    return " ".join(word for word in words if len(word) > 1)


def _compounds() -> Iterator[Document]:
    for path in COMPOUNDS.files():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                cells = line.rstrip("\n").split("\t", maxsplit=_NAME + 1)
                formula, smiles, name = cells[_FORMULA], cells[_SMILES], cells[_NAME]
                group = without_locants(name)
                if group and len(name) <= MAX_CHARACTERS and len(smiles) <= MAX_CHARACTERS:
                    prompt = f"Name: {name}\nFormula: {formula}\nSMILES:"
                    yield Document(f"{prompt} {smiles}", group, len(prompt))
