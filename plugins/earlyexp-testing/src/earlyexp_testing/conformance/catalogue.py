"""All checks, by topic. Topics are named here and imported in the child: some of them need torch or lm-eval."""

import importlib

from earlyexp_testing.conformance.check import Check
from earlyexp_testing.conformance.subject import Kind

_PACKAGE = "earlyexp_testing.conformance"
TOPICS: dict[Kind, tuple[str, ...]] = {
    "plugin": ("light_half", "foreign", "benchmark_checks"),
    "method": (
        "parameter_checks",
        "method_training",
        "method_repeats",
        "method_budget",
        "method_conduct",
    ),
    "domain": ("parameter_checks", "domain_checks"),
    "evaluator": ("parameter_checks", "evaluator_checks"),
}
"""Modules of this package by the kind that their ``CHECKS`` are about, in the order in which they are made."""


def modules_of(kind: Kind) -> list[str]:
    """Return the full names of the modules with the checks of one kind."""
    return [f"{_PACKAGE}.{topic}" for topic in TOPICS[kind]]


def checks_of(kind: Kind) -> tuple[Check, ...]:
    """Return all checks of one kind."""
    topics = [importlib.import_module(name) for name in modules_of(kind)]
    return tuple(check for topic in topics for check in topic.CHECKS if check.kind == kind)
