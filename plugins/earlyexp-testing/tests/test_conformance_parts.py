"""What the checks stand on: a shut network, snapshots of shared state, parameters through JSON."""

import asyncio
import contextlib
import datetime
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import requests
import torch
from pydantic import BaseModel, ConfigDict, Field, field_serializer

from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.hooks import Registered
from earlyexp_testing.conformance import network
from earlyexp_testing.conformance.child import CheckStarted
from earlyexp_testing.conformance.fresh import FreshProcessError, in_fresh_process
from earlyexp_testing.conformance.global_state import differences, snapshot
from earlyexp_testing.conformance.parameter_checks import CHECKS
from earlyexp_testing.conformance.parameters import example_params
from earlyexp_testing.conformance.run import _next
from earlyexp_testing.conformance.subject import Subject

CONNECT = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
WAYS_OUT = {
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.1/"),
    "a host's name": lambda: urllib.request.urlopen("http://data.example/"),
    "requests": lambda: requests.get("http://192.0.2.1/"),
    "a socket": lambda: socket.create_connection(("192.0.2.1", 80)),
    "a socket by hand": lambda: socket.socket().connect(("192.0.2.1", 80)),
    "a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"here", ("192.0.2.1", 53)),
    "asyncio": lambda: asyncio.run(asyncio.open_connection("192.0.2.1", 80)),
    "a program": lambda: subprocess.run(["curl", "http://192.0.2.1/"], check=False),
    "a shell": lambda: subprocess.run("cd / && curl -s 192.0.2.1 || true", shell=True, check=False),
    "a shell by hand": lambda: os.system("wget -q 192.0.2.1"),
    "a spawned program": lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "curl 192.0.2.1"], {}),
    "an address": lambda: subprocess.run(["git", "ls-remote", "https://data.example/x.git"], check=False),
    "another interpreter": lambda: subprocess.run([sys.executable, "-c", CONNECT], check=False),
    "a forked process": lambda: in_fresh_process(WAYS_OUT["a socket"]),
}


def attempts_of(way):
    network.shut()
    with contextlib.suppress(Exception):
        WAYS_OUT[way]()
    return network.attempts()


@pytest.mark.parametrize("way", WAYS_OUT)
def test_every_way_out_is_shut_and_written_down(way):
    attempts = in_fresh_process(attempts_of, way)
    assert attempts
    named = ("192.0.2.1", "data.example", "curl", "wget", "git")
    assert any(name in attempts[0] for name in named)
    assert Path(__file__).name in attempts[0] or "<string>" in attempts[0]


def talk_inside():
    network.shut()
    one, other = socket.socketpair()
    one.sendall(b"word")
    subprocess.run(["true"], check=True)
    subprocess.run([sys.executable, "-c", "import json"], check=True)
    subprocess.run("echo ping >/dev/null", shell=True, check=True)
    return other.recv(4), network.attempts()


def test_processes_of_one_machine_may_talk():
    assert in_fresh_process(talk_inside) == (b"word", [])


def changes(act, **options):
    before = snapshot()
    act()
    return sorted(name.partition(" (")[0] for name in differences(before, snapshot(), **options))


SHARED = {
    "python's global random state": lambda: random.seed(1),
    "numpy's global random state": lambda: np.random.rand(),
    "torch's global random state": lambda: torch.rand(()),
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float64),
    "grad mode": lambda: torch.set_grad_enabled(False),
}


@pytest.mark.parametrize("what", SHARED)
def test_a_change_of_shared_state_is_named(what):
    assert in_fresh_process(changes, SHARED[what]) == [what]


def test_a_method_may_draw_where_it_was_seeded_but_not_seed():
    assert in_fresh_process(changes, lambda: torch.rand(()), drawn=True) == []
    seed = "the seed of torch's global random state"
    assert in_fresh_process(changes, lambda: torch.manual_seed(123), drawn=True) == [seed]


def fail():
    raise ValueError("as it should")


def test_a_process_that_fails_says_why():
    with pytest.raises(FreshProcessError, match="as it should"):
        in_fresh_process(fail)


def test_silence_and_an_end_are_told_apart():
    told, telling = multiprocessing.Pipe(duplex=False)
    assert _next(told, 0.0) is None
    assert not told.closed
    telling.send(CheckStarted("a-check", "It is kept."))
    assert _next(told, 1.0) == CheckStarted("a-check", "It is kept.")
    telling.close()
    assert _next(told, 1.0) is None
    assert told.closed


class Inner(BaseModel):
    depth: int = 1


class Sound(BaseModel):
    rate: float = Field(default=0.1, description="A rate.")
    names: tuple[str, ...] = Field(default=("a",), description="Names.")


class Nested(BaseModel):
    inner: Inner = Field(default=Inner(), description="What lies inside.")


class Typed(BaseModel, arbitrary_types_allowed=True):
    dtype: torch.dtype = Field(default=torch.float32, description="A dtype.")


class Aliased(BaseModel, extra="forbid"):
    rate: float = Field(default=0.1, alias="learningRate", description="A rate.")


class Infinite(BaseModel):
    most: float = Field(default=float("inf"), description="No limit.")


class Dated(BaseModel):
    since: datetime.date = Field(default=datetime.date(2020, 1, 1), description="A day.")


class Required(BaseModel):
    rate: float = Field(description="A rate.")


class Sorted(BaseModel):
    names: frozenset[str] = Field(default=frozenset({"a"}), description="Names.")

    @field_serializer("names")
    def _in_order(self, names):
        return sorted(names)


def complaints(model, kind="method"):
    definition = type("Light", (), {"Params": model, "params": model})
    subject = Subject("d", "d/m", kind, Registered("d/m", kind, "1", definition, "d", "1"))
    checks = [check for check in CHECKS if check.kind == kind]
    return {check.name: list(check.find(subject)) for check in checks}


def test_an_evaluator_shows_how_to_be_tried():
    assert "shows no example" in complaints(Required, "evaluator")["evaluator-json"][0]


@pytest.mark.parametrize("model", [Sound, Dated, Sorted, Aliased])
def test_sound_parameters_pass(model):
    assert complaints(model) == {"method-descriptions": [], "method-json": []}


@pytest.mark.parametrize("model", [Typed, Infinite])
def test_parameters_that_do_not_survive_json_are_named(model):
    found = complaints(model)
    assert found["method-descriptions"] == []
    assert len(found["method-json"]) == 1
    assert model.__name__ in found["method-json"][0]


def test_fields_of_fields_need_descriptions_too():
    (message,) = complaints(Nested)["method-descriptions"]
    assert "Inner.depth" in message


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"lambda": 2.0}]})

    strength: float = Field(alias="lambda")


def test_a_component_is_tried_with_its_example_whatever_its_parameters_are_called_in_yaml():
    assert load_params(Named, example_params(Named)).strength == 2.0
