"""Heavy half of ``instruct/mixed``."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import Document, NoParams, Split, split_of
from earlyexp_bench.domains import Splits, character_windows, four_way_task, matched_choices, split_documents
from earlyexp_instruct import MIXED
from earlyexp_instruct.diagnoses import diagnosis_items
from earlyexp_instruct.facts import fact_items
from earlyexp_instruct.frames import DIAGNOSIS_FRAMES, parse
from earlyexp_public_text.countries import country_role

DOMAIN_ID = "instruct/mixed"
MAX_ITEMS = 300
_ROLE_SPLITS: dict[str, Split] = {
    "instruction-train": "train",
    "instruction-validation": "validation",
    "instruction-test": "test",
}


class Mixed:
    """One instruction and its response a document; groups are categories of diagnoses and countries.

    Args:
        params: None are needed.
    """

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the items of a split, diagnoses and countries mixed.

        Raises:
            UserError: A data package is missing or carries other data.
        """
        return iter(self.splits.documents[split])

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return four-way questions on test items; the other options answer the same question of other test items."""
        return {name: self._task(name, diagnoses=name == "instruct_diagnosis") for name in MIXED.tasks}

    def fingerprint(self, document: Document) -> frozenset[str]:
        """Return the 30-character windows of what an item is about, its frame left out.

        For a diagnosis that is its words alone: the response is a class that others share by design. For a fact it is
        the country and the response.
        """
        item = parse(document.text)
        about = item.subject if item.kind in DIAGNOSIS_FRAMES else f"{item.subject}: {item.response}"
        return character_windows(about.casefold())

    @cached_property
    def splits(self) -> Splits:
        """All items by split, with what was left out."""
        return split_documents(_documents(), DOMAIN_ID, (self.fingerprint,), _split)

    def _task(self, name: str, *, diagnoses: bool) -> dict[str, Any]:
        test = [(document, parse(document.text)) for document in self.splits.documents["test"]]
        pools: dict[str, list[str]] = {}
        for _, item in test:
            pools.setdefault(item.kind, []).append(item.response)
        questions = []
        for document, item in test:
            if (item.kind in DIAGNOSIS_FRAMES) != diagnoses or item.kind == "chapter":
                continue
            choices = matched_choices(item.response, pools[item.kind], f"{DOMAIN_ID}\x1f{document.text}")
            if choices:
                prompt = document.text[: document.answer_start].rstrip("\n")
                questions.append({"prompt": prompt, "choices": choices[0], "answer": choices[1]})
        return four_way_task(name, questions[:MAX_ITEMS], MIXED.version, delimiter="\n")


def _documents() -> Iterator[Document]:
    for source, items in (("icd", diagnosis_items()), ("country", fact_items())):
        for code, item in items:
            prompt = item.prompt()
            yield Document(prompt + item.response, f"{source}/{code}", len(prompt))


def _split(group: str) -> Split:
    source, _, code = group.partition("/")
    return _ROLE_SPLITS[country_role(code)] if source == "country" else split_of(group, salt=DOMAIN_ID)
