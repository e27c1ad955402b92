"""Built-in domains, methods, evaluators and `smoke`, registered as any plugin registers its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from earlyexp_bench.builtin.domains import DOMAINS
from earlyexp_bench.builtin.evaluators import EVALUATORS
from earlyexp_bench.builtin.methods import METHODS
from earlyexp_bench.contracts import DomainDefinition, EvaluatorDefinition, MethodDefinition
from earlyexp_bench.hooks.specs import hookimpl

api_version = 1


@hookimpl
def register_domains(register: Callable[[DomainDefinition], None]) -> None:
    """Register the procedural domains of `smoke`, plain files and hub data sets."""
    for domain in DOMAINS:
        register(domain)


@hookimpl
def register_methods(register: Callable[[MethodDefinition[Any]], None]) -> None:
    """Register LoRA, replay and dropout."""
    for method in METHODS:
        register(method)


@hookimpl
def register_evaluators(register: Callable[[EvaluatorDefinition], None]) -> None:
    """Register held-out losses and the domains' own tasks."""
    for evaluator in EVALUATORS:
        register(evaluator)


@hookimpl
def register_benchmarks(register: Callable[[Path], None]) -> None:
    """Register `smoke`."""
    register(Path(__file__).parent / "smoke.yaml")
