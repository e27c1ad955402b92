"""What a domain promises, checked: use these in the tests of a domain plugin."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from earlyexp_bench.contracts import SPLITS, Document, Domain, DomainDefinition, Split, content_hash
from earlyexp_bench.testing.twins import default_fingerprint, near_twins

HEAVY_MODULES = ("torch", "transformers", "datasets", "lm_eval", "peft", "accelerate", "pandas", "scipy", "pyarrow")
"""What the light half of a plugin must not import."""
MIN_HELD_OUT = 200


def domain_problems(definition: DomainDefinition, domain: Domain) -> list[str]:
    """Return what is wrong with a domain's documents and tasks; empty if nothing is.

    Near twins are looked for by the domain's own ``fingerprint(document)`` where it has one.

    Args:
        definition: The light half.
        domain: The heavy half, constructed.
    """
    documents = {split: list(domain.documents(split)) for split in SPLITS}
    problems = [
        *_split_problems(documents),
        *_size_problems(definition, documents),
        *_task_problems(definition, domain),
    ]
    fingerprint = getattr(domain, "fingerprint", default_fingerprint)
    held_out = [*documents["validation"], *documents["test"]]
    twins = near_twins(documents["train"], held_out, fingerprint)
    twins += near_twins(documents["validation"], documents["test"], fingerprint)
    problems += [f"near twins in two splits: {left.text!r} and {right.text!r}" for left, right, _ in twins[:3]]
    if content_hash(domain) != definition.content_hash:
        problems.append(f"content_hash is {content_hash(domain)}, the definition says {definition.content_hash}")
    return problems


def heavy_imports(module: str, also: tuple[str, ...] = ()) -> list[str]:
    """Return the heavy modules that importing ``module`` brings in, in a fresh process.

    Args:
        module: The light half.
        also: More that it must not import, such as its data package.
    """
    wanted = (*HEAVY_MODULES, *also)
    code = f"import sys, {module}; print(*[name for name in {wanted!r} if name in sys.modules])"
    return _python(code).split()


def hash_in_new_process(implementation: str, hash_seed: int) -> str:
    """Return the content hash that a process with another ``PYTHONHASHSEED`` finds for a domain without parameters.

    Args:
        implementation: ``"package._module:Class"``.
        hash_seed: 0 to 4294967295.
    """
    module, _, name = implementation.partition(":")
    code = (
        f"from {module} import {name}\n"
        "from earlyexp_bench.contracts import NoParams, content_hash\n"
        f"print(content_hash({name}(NoParams())))"
    )
    return _python(code, PYTHONHASHSEED=str(hash_seed)).strip()


def _split_problems(documents: dict[Split, list[Document]]) -> Iterator[str]:
    for split in SPLITS:
        least = MIN_HELD_OUT if split == "test" else 1
        if len(documents[split]) < least:
            yield f"{split} has {len(documents[split])} documents, fewer than {least}"
        if len({document.text for document in documents[split]}) < len(documents[split]):
            yield f"{split} holds a document twice"
    for left, right in combinations(SPLITS, 2):
        for what in ("group", "text"):
            common = {getattr(d, what) for d in documents[left]} & {getattr(d, what) for d in documents[right]}
            if common:
                yield f"{left} and {right} share the {what} {min(common)!r}"


def _size_problems(definition: DomainDefinition, documents: dict[Split, list[Document]]) -> Iterator[str]:
    train_bytes = sum(len(document.text.encode()) for document in documents["train"])
    if train_bytes != definition.train_bytes:
        yield f"train has {train_bytes} bytes, the definition says {definition.train_bytes}"


def _task_problems(definition: DomainDefinition, domain: Domain) -> Iterator[str]:
    tasks = domain.tasks()
    if sorted(tasks) != sorted(definition.tasks):
        yield f"the tasks are {sorted(tasks)}, the definition names {sorted(definition.tasks)}"
    for name, config in tasks.items():
        if config.get("output_type") == "multiple_choice":
            yield from (f"{name}: {problem}" for problem in _choice_problems(_items(config)))


def _choice_problems(items: list[dict[str, Any]]) -> Iterator[str]:
    """Questions with the fields ``choices`` and ``answer``: one right option, and no place that gives it away."""
    rows = [item for item in items if "choices" in item and "answer" in item]
    for row in rows:
        if len(set(row["choices"])) < len(row["choices"]) or not 0 <= row["answer"] < len(row["choices"]):
            yield f"not one right option among different ones: {row}"
    for guess, right in _blind_guesses(rows).items():
        chance = len(rows) / len(rows[0]["choices"])
        if right > chance + 4 * chance**0.5:
            yield f"always guessing {guess} is right {right} times in {len(rows)}"


def _blind_guesses(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return how often a guess by place or by length alone is right."""
    right: dict[str, int] = {}
    for row in rows:
        lengths = [len(option) for option in row["choices"]]
        own = lengths[row["answer"]]
        guesses = {
            f"place {row['answer']}": True,
            "the longest": own == max(lengths),
            "the shortest": own == min(lengths),
        }
        for guess, hit in guesses.items():
            if hit and (guess.startswith("place") or lengths.count(own) == 1):
                right[guess] = right.get(guess, 0) + 1
    return right


def _items(config: dict[str, Any]) -> list[dict[str, Any]]:
    rows = config["custom_dataset"](**(config.get("metadata") or {}))
    return [dict(row) for split in rows.values() for row in split]


def _python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
