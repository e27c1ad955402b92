"""Results that other code made."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def records(folder: Path, kind: str = "*") -> dict[Path, Any]:
    found = sorted((folder / ".earlyexp/store").glob(f"{kind}/*/*/record.json"))
    return {path: json.loads(path.read_text()) for path in found}


def board(folder: Path) -> dict[str, bytes]:
    (results,) = (folder / "results").iterdir()
    return {path.name: path.read_bytes() for path in results.iterdir() if path.name != "timings.json"}


def change(path: Path, edit: Callable[[Any], None]) -> None:
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))


def of_other_code(record: Any) -> None:
    record["environment"]["code"]["earlyexp-bench"] = "0" * 64


def test_other_code_is_reported_and_strict_code_makes_its_results_again(copied: Path, tiny: Any) -> None:
    before, shown = records(copied), board(copied)
    drifted = sorted(records(copied, "posttrain"))[0]
    change(drifted, of_other_code)
    plain = tiny(copied)
    assert "nothing to run, every stage is in the store" in plain.stdout
    last = [line for line in plain.stdout.splitlines() if "made with other software" in line][-1]
    assert last.startswith("1 of 27 stored results were made with other software: 1 × code of earlyexp-bench ")
    strict = tiny(copied, "--strict-code")
    assert strict.returncode == 0, strict.stdout + strict.stderr
    assert "1 of 27 stages to run" in strict.stdout
    after = records(copied)
    assert [path for path in after if after[path] != before[path]] == [drifted]
    assert after[drifted]["weight_hashes"] == before[drifted]["weight_hashes"]
    assert board(copied) == shown
    assert "other software" not in tiny(copied).stdout


def test_what_was_made_from_other_weights_is_made_again_down_to_the_last(copied: Path, tiny: Any) -> None:
    """A parent of other code and other bits is made again first; only then it shows what was made from the former."""
    before, shown = records(copied), board(copied)
    parent = sorted(records(copied, "posttrain"))[0]
    weights = before[parent]["weight_hashes"]["final"]
    children = [path for path, record in before.items() if weights in record["parent_weight_hashes"].values()]

    def of_other_bits(record: Any) -> None:
        of_other_code(record)
        record["weight_hashes"]["final"] = "1" * 64

    change(parent, of_other_bits)
    for child in children:
        change(child, lambda record: record["parent_weight_hashes"].update(model="1" * 64))
    strict = tiny(copied, "--strict-code")
    assert strict.returncode == 0, strict.stdout + strict.stderr
    assert "1 of 27 stages to run" in strict.stdout
    after = records(copied)
    assert sorted(path for path in after if after[path] != before[path]) == sorted([parent, *children])
    for path in (parent, *children):
        assert after[path]["weight_hashes"] == before[path]["weight_hashes"]
        assert after[path]["parent_weight_hashes"] == before[path]["parent_weight_hashes"]
    assert board(copied) == shown


def test_a_run_says_what_was_made_from_weights_that_are_gone(copied: Path, tiny: Any) -> None:
    parent = sorted(records(copied, "pretrain"))[0]
    change(parent, lambda record: record["weight_hashes"].update(final="1" * 64))
    said = tiny(copied).stdout.splitlines()
    assert [
        line for line in said if "27 stored results were made from weights that their parents no longer have" in line
    ]
