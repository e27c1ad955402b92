"""A domain's held-out half on disk, so that scoring a checkpoint neither rebuilds the domain nor reads its train split.

Layout of a tokens stage's directory::

    documents-validation.jsonl   one object a line: text, group, answer_start
    documents-test.jsonl
    tasks/<task>.json            {"config": lm-eval configuration, "documents": {split: [document, …]}}
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from earlyexp_bench.contracts import Document, Domain, Split, StoreError, UserError
from earlyexp_bench.contracts.domain import HELD_OUT

_TASK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class StoredDomain:
    """The held-out documents and the tasks of a domain, read from where ``save_domain`` wrote them.

    Args:
        directory: A tokens stage's directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``validation`` or ``test`` in the domain's own order.

        Raises:
            UserError: Another split is asked for: ``train`` is never stored.
        """
        if split not in HELD_OUT:
            raise UserError(
                f"{split} documents are asked for, which an evaluation has not",
                expected="the split that an evaluator's `tasks` is given: validation or test",
            )
        with _documents_path(self.directory, split).open(encoding="ascii") as lines:
            for line in lines:
                yield Document(**json.loads(line))

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return the domain's lm-eval configurations by name, each with a ``custom_dataset`` callable."""
        return {
            path.name.removesuffix(".json"): _load_task(path)
            for path in sorted((self.directory / "tasks").glob("*.json"))
        }


def save_domain(directory: Path, domain: Domain) -> None:
    """Write a domain's validation and test documents and its tasks into ``directory``.

    Raises:
        UserError: A task's configuration holds a function or anything else that is not JSON.
    """
    for split in HELD_OUT:
        with _documents_path(directory, split).open("w", encoding="ascii", newline="\n") as file:
            file.writelines(_line(document) for document in domain.documents(split))
    for name, config in domain.tasks().items():
        _save_task(directory / "tasks", name, config)


def load_domain(directory: Path) -> StoredDomain:
    """Open what ``save_domain`` wrote; documents are read when they are asked for.

    Raises:
        StoreError: ``directory`` holds no saved domain.
    """
    missing = [split for split in HELD_OUT if not _documents_path(directory, split).is_file()]
    if missing:
        raise StoreError(f"{directory} holds no {' and no '.join(missing)} documents")
    return StoredDomain(directory)


def plain_config(name: str, config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Split a task configuration into what is JSON and the documents that its ``custom_dataset`` returns.

    Args:
        name: The task's name, for messages.
        config: An lm-eval configuration with a ``custom_dataset`` callable.

    Returns:
        The configuration without ``custom_dataset``, and its documents by split.

    Raises:
        UserError: There is no ``custom_dataset``, or something else is not JSON.
    """
    where = f"lm-eval task {name!r}"
    custom_dataset = config.get("custom_dataset")
    if not callable(custom_dataset):
        raise UserError("no custom_dataset", where=where, expected="a callable that returns {split: list of dicts}")
    rest = {key: value for key, value in config.items() if key != "custom_dataset"}
    _check_json(rest, where)
    arguments = {**(rest.get("metadata") or {}), **(rest.get("dataset_kwargs") or {})}
    documents = {split: [dict(row) for row in rows] for split, rows in custom_dataset(**arguments).items()}
    _check_json(documents, f"{where}: documents")
    return rest, documents


def task_path(folder: Path, name: str, suffix: str) -> Path:
    """Return the file of a task in ``folder``.

    Raises:
        UserError: The task's name cannot be a file name.
    """
    if not _TASK_NAME.fullmatch(name):
        raise UserError(f"the task name {name!r} cannot be a file name", expected="letters, digits, '_', '-' and '.'")
    return folder / f"{name}{suffix}"


def _documents_path(directory: Path, split: Split) -> Path:
    return directory / f"documents-{split}.jsonl"


def _line(document: Document) -> str:
    row = {"text": document.text, "group": document.group, "answer_start": document.answer_start}
    return json.dumps(row) + "\n"


def _save_task(folder: Path, name: str, config: Mapping[str, Any]) -> None:
    rest, documents = plain_config(name, config)
    folder.mkdir(exist_ok=True)
    text = json.dumps({"config": rest, "documents": documents}, indent=1)
    task_path(folder, name, ".json").write_text(text + "\n", encoding="ascii")


def _load_task(path: Path) -> dict[str, Any]:
    stored = json.loads(path.read_text(encoding="ascii"))
    return {**stored["config"], "custom_dataset": lambda **_: stored["documents"]}


def _check_json(value: object, where: str) -> None:
    """Refuse what JSON would not give back, naming where it is."""
    if value is None or isinstance(value, bool | int | float | str):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise UserError(f"the key {key!r} is not a string", where=where, expected="string keys")
            _check_json(item, f"{where}: {key}")
    elif isinstance(value, list | tuple):
        for item in value:
            _check_json(item, where)
    else:
        kind = "a function" if callable(value) else f"of type {type(value).__name__}"
        raise UserError(
            f"{value!r} is {kind}; tasks are stored and exported as text",
            where=where,
            expected="a Jinja template or a field name, as in lm-eval's YAML",
        )
