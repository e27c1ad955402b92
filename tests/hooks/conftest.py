import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

METADATA = "Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
ENTRY_POINTS = "[earlyexp_bench]\n{module} = {module}\n"
METHOD = """
from earlyexp_bench.contracts import MethodDefinition
from earlyexp_bench.hooks import hookimpl


class Mine(MethodDefinition):
    name = "{name}"
    version = "1"
    implementation = "nowhere:Mine"
    description = "Does nothing."


@hookimpl
def register_methods(register):
    register(Mine())
"""


class Site:
    """A folder of installed distributions, as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, distribution: str, source: str) -> None:
        module = distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(METADATA.format(distribution=distribution))
        (info / "entry_points.txt").write_text(ENTRY_POINTS.format(module=module))

    def install_method(self, distribution: str, name: str) -> None:
        self.install(distribution, METHOD.format(name=name))

    def command(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self._run("from earlyexp_bench.cli import main; main()", *arguments, **environment)

    def python(self, code: str) -> str:
        """Run code; return what it says on standard error."""
        return self._run(code).stderr

    def _run(self, code: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def listed(self, **environment: str) -> dict[str, list[dict[str, Any]]]:
        done = self.command("plugins", "list", "--json", **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def ids() -> Callable[[dict[str, list[dict[str, Any]]]], set[str]]:
    return lambda listed: {row["id"] for row in listed["components"]}
