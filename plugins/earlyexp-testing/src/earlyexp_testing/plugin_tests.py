"""The conformance kit as tests of a plugin's own."""

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from earlyexp_testing.conformance.catalogue import checks_of
from earlyexp_testing.conformance.check import Outcome
from earlyexp_testing.conformance.run import check_plugin
from earlyexp_testing.conformance.subject import find_subjects

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet


def conformance_tests(name: str) -> Callable[[str, str], None]:
    """Return a test for pytest with one case for each check of each component.

    One line in a test file is all: ``test_conformance = conformance_tests("earlyexp-mine")``. A check that does not
    apply is skipped. All cases share one run; with pytest-xdist, ``--dist loadgroup`` keeps them in one process.

    Args:
        name: A distribution, an entry point or a component, as in ``earlyexp-bench plugins check``.

    Raises:
        UserError: Nothing is called that.
    """
    import pytest

    @pytest.mark.parametrize(("subject", "check"), list(_cases(name)))
    def test_conformance(subject: str, check: str) -> None:
        outcome = _outcomes(name).get((subject, check))
        if outcome is None:
            pytest.skip("there is nothing to check")
        if not outcome.passed:
            messages = "\n".join(outcome.problems)
            pytest.fail(f"{outcome.promise}\n{messages}", pytrace=False)

    run: Callable[[str, str], None] = test_conformance
    return run


def _cases(name: str) -> "Iterator[ParameterSet]":
    import pytest

    together = [pytest.mark.xdist_group(name)] if importlib.util.find_spec("xdist") else []
    for subject in find_subjects(name):
        for check in checks_of(subject.kind):
            yield pytest.param(subject.id, check.name, id=f"{subject.id}-{check.name}", marks=together)


@cache
def _outcomes(name: str) -> dict[tuple[str, str], Outcome]:
    return {(outcome.subject, outcome.check): outcome for outcome in check_plugin(name)}
