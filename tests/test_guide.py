"""CONTRIBUTING.md is true: its blocks are run one after the other, in a folder of their own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (\S+\.(?:py|yaml))\n")
# Packages go to a folder of the test's, not into the environment that the tests run in.
PIP = """#!/bin/sh
for word do
    shift
    [ "$word" = -e ] || set -- "$@" "$word"
done
exec "{python}" -m pip "$@" --quiet --no-deps --no-build-isolation --target "{site}"
"""


def blocks() -> Iterator[tuple[str, str]]:
    text = GUIDE.read_text(encoding="utf-8")
    yield from ((language, body) for language, body in _BLOCK.findall(text[text.index("## Plugins") :]))


def shell(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    paths = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = os.environ | {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(folder / "site")}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write_pip(folder: Path) -> None:
    pip = folder / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(PIP.format(python=sys.executable, site=folder / "site"))
    pip.chmod(0o755)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the guide's commands are for a shell")
def test_the_guide_can_be_followed_to_its_end(tmp_path: Path) -> None:
    write_pip(tmp_path)
    for language, body in blocks():
        if language == "console":
            done = shell(tmp_path, body)
            assert done.returncode == 0, f"{body}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        else:
            named = _NAMED.match(body)
            assert named, f"a {language} block that says no file: {body[:80]}"
            (tmp_path / named[1]).write_text(body, encoding="utf-8")
    assert "stay-near" in (tmp_path / "results" / "smoke@1" / "leaderboard.csv").read_text()


def test_the_guide_has_blocks_of_every_kind() -> None:
    assert {language for language, _ in blocks()} == {"console", "python", "yaml"}
