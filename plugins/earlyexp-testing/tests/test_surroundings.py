"""What the kit sees of files and of questions about the user, and what it lets be."""

import importlib.util
from pathlib import Path

import pytest

from earlyexp_testing.conformance import belongings, files
from earlyexp_testing.conformance.fresh import in_fresh_process

ACTS = Path(__file__).parent / "broken" / "surroundings" / "acts.py"
spec = importlib.util.spec_from_file_location("acts", ACTS)
acts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(acts)


def noted_of(act, root):
    files.shut([str(ACTS)])
    with belongings.elsewhere(root, [f"{ACTS.parent}/"]):
        try:
            act()
        except OSError as error:
            assert isinstance(error, files.FilesAreShut | FileNotFoundError)
    return files.noted()


@pytest.mark.parametrize("way", acts.SEEN)
def test_what_reaches_another_run_or_the_user_is_noted_with_its_line(way, tmp_path):
    act, expected = acts.SEEN[way]
    noted = in_fresh_process(noted_of, act, tmp_path / "user")
    assert noted
    assert noted[0].startswith(expected)
    assert expected.startswith("leaves") or ACTS.name in noted[0] or "a thread of its own" in noted[0]
    assert not Path("/var/tmp/earlyexp-cache").exists()
    assert not ACTS.with_name("cache").exists()


@pytest.mark.parametrize("way", acts.LET_BE)
def test_what_nobody_can_find_again_is_let_be(way, tmp_path):
    assert in_fresh_process(noted_of, acts.LET_BE[way], tmp_path / "user") == []
