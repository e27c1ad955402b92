"""A key is the same on every machine, for every way to write the same value, and differs for any other."""

import math
import subprocess
import sys

import pytest

from earlyexp_bench.contracts import ParentRef, Runtime, StageSpec, canonical_json, digest


def test_values_that_are_equal_have_one_form() -> None:
    assert canonical_json({"b": 0.1 + 0.2, "a": (1.0, True)}) == canonical_json({"a": [1, True], "b": 0.3})
    assert canonical_json(1e-4) == "0.0001"
    assert digest(1) != digest(True)
    assert digest("1") != digest(1)


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": [math.nan]}, {1: 2}, b"x"])
def test_what_equals_nothing_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


def spec(**changes: object) -> StageSpec:
    fields: dict[str, object] = {
        "kind": "finetune",
        "plugins": {"builtin/replay": "1"},
        "identity": {"tokens": 1000, "optimization": {"learning_rate": 1e-4}},
        "numerics": {"device": "cpu"},
        "parents": {"model": ParentRef(kind="posttrain", key="0" * 64)},
        "seed": 3,
    }
    return StageSpec.model_validate(fields | changes)


def test_the_key_of_a_known_stage_never_changes() -> None:
    """A golden value: changing it makes every store in the world start over, so do it only with KEY_SCHEMA."""
    assert spec().key == "5979705c3e27d267af13b61f36100d333285129a4d2df1ce65e52fb62a8a5e36"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "posttrain"},
        {"plugins": {"builtin/replay": "2"}},
        {"identity": {"tokens": 1001}},
        {"numerics": {"device": "cuda"}},
        {"parents": {"model": ParentRef(kind="posttrain", key="1" * 64)}},
        {"parents": {"model": ParentRef(kind="posttrain", key="0" * 64, output="alpha=0.5")}},
        {"seed": 4},
    ],
)
def test_every_part_of_the_identity_changes_the_key(change: dict[str, object]) -> None:
    assert spec(**change).key != spec().key


OTHER_RUNTIME = {
    "data_directory": "elsewhere",
    "locations": {"0" * 64: {"path": "here"}},
    "checkpoint": {"init_from": "there"},
    "checkpoint_seconds": 5.0,
    "processes": 2,
    "code": "mine",
    "replaces": "1" * 64,
}


@pytest.mark.parametrize("name", list(Runtime.model_fields))
def test_runtime_changes_no_key(name: str) -> None:
    told = spec(runtime={name: OTHER_RUNTIME[name]})
    assert told.runtime != spec().runtime
    assert told.key == spec().key


def test_a_worker_is_told_nothing_that_is_not_declared() -> None:
    with pytest.raises(ValueError, match=r"runtime\.workers\n  Extra inputs are not permitted"):
        spec(runtime={"workers": 7})


def test_another_process_finds_the_same_key() -> None:
    code = f"from earlyexp_bench.contracts import StageSpec; print(StageSpec.model_validate({spec().model_dump()}).key)"
    environment = {"PYTHONHASHSEED": "123", "PATH": ""}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == spec().key
