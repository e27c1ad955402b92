"""Domains that are each broken in one way; `EXPECTED` names the check that must catch it, None for sound ones."""

import os

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.hooks import hookimpl

EXPECTED = {
    "sound": None,
    "sound-choices": None,
    "sound-templates": None,
    "sound-frame": None,
    "sound-choices-yes-no": None,
    "sound-fingerprint": None,
    "sound-choices-listed": None,
    "sound-reading": None,
    "overlap-exact": "domain-overlap",
    "overlap-case": "domain-overlap",
    "overlap-space": "domain-overlap",
    "overlap-questions": "domain-overlap",
    "overlap-lazy": "domain-overlap",
    "near-words-changed": "domain-near-overlap",
    "near-appended": "domain-near-overlap",
    "near-validation": "domain-near-overlap",
    "near-runs": "domain-near-overlap",
    "sound-frame-fingerprint": None,
    "flagged-frame": "domain-contamination",
    "flagged-passages": "domain-contamination",
    "blind-fingerprint": "domain-fingerprint",
    "blind-fingerprint-text": "domain-fingerprint",
    "fingerprint-words": "domain-fingerprint",
    "fingerprint-digits": "domain-fingerprint",
    "fingerprint-length": "domain-fingerprint",
    "fingerprint-group": "domain-fingerprint",
    "fingerprint-line": "domain-fingerprint",
    "fingerprint-random": "domain-fingerprint",
    "fingerprint-refuses": "domain-fingerprint",
    "empty": "domain-documents",
    "empty-refused": "domain-documents",
    "duplicate": "domain-documents",
    "group-test": "domain-groups",
    "group-validation": "domain-groups",
    "group-variant": "domain-groups",
    "small": "domain-size",
    "order-set": "domain-order",
    "order-listing": "domain-order",
    "order-random": "domain-order",
    "order-date": "domain-order",
    "order-state": "domain-order",
    "order-folder": "domain-order",
    "order-questions": "domain-order",
    "licence-todo": "domain-licence",
    "task-field": "domain-tasks",
    "task-undeclared": "domain-tasks",
    "task-output-type": "domain-tasks",
    "choice-first": "domain-choices",
    "choice-last": "domain-choices",
    "choice-longest": "domain-choices",
    "choice-shortest": "domain-choices",
    "choice-lettered": "domain-choices",
    "choice-words": "domain-choices",
    "choice-usual-length": "domain-choices",
    "choice-told": "domain-choices",
    "choice-key": "domain-choices",
    "choice-starred": "domain-choices",
    "answer-told": "domain-choices",
    "writes-home": "domain-surroundings",
    "writes-sqlite": "domain-surroundings",
    "writes-here": "domain-surroundings",
    "writes-memory": "domain-surroundings",
    "reads-home": "domain-surroundings",
    "text-by-language": "domain-surroundings",
    "text-by-user": "domain-surroundings",
    "text-by-host": "domain-surroundings",
    "text-by-encoding": "domain-reads",
    "network-urllib": "domain-network",
    "network-socket-swallowed": "domain-network",
    "network-hub": "domain-network",
    "network-task": "domain-network",
    "declared-hash": "domain-declared",
    "crash": "domain-reads",
}
WITHOUT_TASKS = ("order-questions", "overlap-questions")


def _tasks(name):
    kinds = ("task-", "choice-", "sound-choices", "network-task", "answer-", "sound-reading")
    has = name.startswith(kinds) or name in WITHOUT_TASKS
    return ("broken_choice",) if has and name != "task-undeclared" else ()


@hookimpl
def register_domains(register):
    for name in os.environ.get("BROKEN_ONLY", " ".join(EXPECTED)).split():
        register(
            DomainDefinition(
                name=name,
                version="1",
                implementation=f"earlyexp_broken_domains._domain:{name.replace('-', '_')}",
                description="One defect.",
                licence="TODO" if name == "licence-todo" else "CC0-1.0",
                tasks=_tasks(name),
                content_hash="0" * 64 if name == "declared-hash" else None,
            )
        )
