"""A domain read without network, here and elsewhere, once for all its checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from earlyexp_bench.contracts import DomainDefinition
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.hooks import Registered, load_object
from earlyexp_testing.conformance import files, network
from earlyexp_testing.conformance.domain_data import DomainData, read_domain
from earlyexp_testing.conformance.domain_near import near_overlap
from earlyexp_testing.conformance.domain_order import differences, snapshot
from earlyexp_testing.conformance.domain_tasks import BuiltTask, build_tasks
from earlyexp_testing.conformance.elsewhere import try_elsewhere


@dataclass(frozen=True)
class DomainTrial:
    """What came of reading a domain.

    Attributes:
        data: The domain; None where it cannot be read.
        tasks: Its tasks as lm-eval built them.
        error: Why it cannot be read.
        network: Attempts to reach the network.
        unstable: Differences between readings.
        files: What it wrote, read or left on the machine, and what it asked of that.
        elsewhere_error: Why it cannot be read in another process.
    """

    data: DomainData | None
    tasks: tuple[BuiltTask, ...] = ()
    error: Exception | None = None
    network: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()
    elsewhere_error: str = ""
    files: tuple[str, ...] = ()

    @cached_property
    def near_overlap(self) -> tuple[str, ...]:
        """What is wrong with documents of different splits that are alike."""
        return tuple(near_overlap(self.data)) if self.data is not None else ()


def try_domain(entry: Registered[DomainDefinition], params: Mapping[str, Any]) -> DomainTrial:
    """Read a domain in this process twice, and in another one.

    Args:
        entry: The domain in the registry.
        params: Its parameters.
    """
    try:
        data = _read(entry.definition, params)
        tasks = tuple(build_tasks(data))
        first = snapshot(data.domain)
        unstable = list(differences(first, snapshot(data.domain), "in a second reading"))
    except Exception as error:  # noqa: BLE001 - whatever the domain raises is the finding
        return DomainTrial(None, error=error, network=tuple(network.attempts()), files=tuple(files.noted()))
    other = try_elsewhere(entry, params)
    attempts, noted = (*network.attempts(), *other["network"]), (*files.noted(), *other["files"])
    if "snapshot" in other and not unstable and not noted:
        unstable = list(differences(first, {k: tuple(v) for k, v in other["snapshot"].items()}, _ELSEWHERE))
    failed = "" if attempts or noted else other.get("error", "")
    return DomainTrial(data, tasks, None, attempts, tuple(unstable), failed, noted)


_ELSEWHERE = (
    "in another process (other PYTHONHASHSEED, clock, time zone, language, home and directory, listings the other way "
    "round, test read before train)"
)


def _read(definition: DomainDefinition, params: Mapping[str, Any]) -> DomainData:
    return read_domain(definition, load_object(definition.implementation)(load_params(definition.params, params)))
