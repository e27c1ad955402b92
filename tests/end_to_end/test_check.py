"""A stranger makes published cells again and is told whether they are the same."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("finished")]


@pytest.fixture
def records(finished: Path, tmp_path: Path, tiny: Any, command: Any) -> Path:
    """The records of a finished run, as a submission has them."""
    file = tmp_path / "records" / "published.jsonl.gz"
    saved = command("records", "save", "smoke", str(file), *tiny.arguments[2:], cwd=finished)
    assert saved.returncode == 0, saved.stderr
    return file


def test_published_cells_are_made_again_to_the_bit(records: Path, tmp_path: Path, tiny: Any, command: Any) -> None:
    arguments = ["check", "smoke", "--records", str(records.parent), "--cells", "2", *tiny.arguments[2:]]
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"2 of 2 cells of smoke@\S+ identical, to the bit", done.stdout.splitlines()[-1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records"]  # the store was temporary
    _raise_retained_losses(records)
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "0 of 2 cells" in done.stdout and "first in evaluate" in done.stdout and "retained loss" in done.stdout


def _raise_retained_losses(file: Path) -> None:
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    for record in lines:
        if record["payload"]["kind"] == "evaluate":
            record["output"]["scores"]["target"]["test"]["losses"]["text"] += 0.25
    file.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode()))
