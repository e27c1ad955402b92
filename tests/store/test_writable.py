"""What cannot be written is said with the system's reason, and asking leaves no trace."""

import os
from pathlib import Path

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.store import require_writable, writing


def test_a_folder_that_can_be_made_is_not_made_by_asking(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "inner")
    require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/inner", "file/inner/innermost"])
def test_a_file_is_no_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"cannot write {tmp_path / place}: ") as caught:
        require_writable(tmp_path / place)
    assert caught.value.expected == "a folder you may write"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="Permission denied"):
        require_writable(tmp_path / "new")
    tmp_path.chmod(0o700)


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), writing(tmp_path):
        raise ValueError("mine")
