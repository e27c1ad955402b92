"""``~`` is home wherever a path is taken."""

from pathlib import Path

import pytest
import yaml

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.checkpoint import identify_checkpoint
from earlyexp_bench.contracts.paths import expanded
from earlyexp_bench.spec import load_benchmark

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"


def test_home_is_home_and_what_only_looks_like_it_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~") == tmp_path
    assert expanded("~/notes/*.txt") == tmp_path / "notes" / "*.txt"
    for name in ("~no-such-user.txt", "a~b", "./~/x", "/~"):
        assert expanded(name) == Path(name)


def test_nobody_without_a_home_gets_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(UserError, match=r"'~/x' begins with '~'"):
        expanded("~/x")
    assert expanded("~x") == Path("~x")


def test_a_benchmark_and_a_checkpoint_may_lie_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(yaml.safe_load(SMOKE.read_text()) | {"id": "mine"}))
    assert load_benchmark("~/mine.yaml").spec.id == "mine"
    (tmp_path / "base").mkdir()
    with pytest.raises(UserError, match=f"{tmp_path}/base: has no weights"):
        identify_checkpoint("~/base", None)
