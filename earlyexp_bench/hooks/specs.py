"""The hooks that a plugin may implement. Each gets a callback; the host owns names and clashes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pluggy

from earlyexp_bench.contracts import ClaimDefinition, DomainDefinition, EvaluatorDefinition, Executor, MethodDefinition

GROUP = "earlyexp_bench"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register domains: text with splits, and lm-eval tasks that measure it."""


@hookspec
def register_methods(register: Callable[[MethodDefinition[Any]], None]) -> None:
    """Register methods: interventions in a training stage."""


@hookspec
def register_evaluators(register: Callable[[EvaluatorDefinition], None]) -> None:
    """Register evaluators: what turns a domain into lm-eval tasks."""


@hookspec
def register_executors(register: Callable[[str, Callable[..., Executor]], None]) -> None:
    """Register executors by name: factories of what runs a stage directory somewhere."""


@hookspec
def register_benchmarks(register: Callable[[Path], None]) -> None:
    """Register benchmarks: YAML files, each a frozen protocol with an id and a version."""


@hookspec
def register_published_records(register: Callable[[Path], None]) -> None:
    """Register folders of published records: each has ``<id>@<version>/records.jsonl.gz``, as `records save` writes."""


@hookspec
def register_claims(register: Callable[[ClaimDefinition[Any]], None]) -> None:
    """Register claims of a paper: what a benchmark may state, and how a board says whether it holds."""
