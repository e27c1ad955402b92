"""`plugins show` and `plugins list`: what is installed can be read, whatever its author's code does."""

import json
from pathlib import Path
from typing import Any

import pytest

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"
ODD = """
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from earlyexp_bench.contracts import Cost, DomainDefinition, EvaluatorDefinition, MethodDefinition, Needs
from earlyexp_bench.hooks import hookimpl


class Params(BaseModel):
    strength: float = Field(default=0.5, ge=0, description="Weight of the penalty.")
    places: tuple[Literal["head", "body"], ...] = ("head",)
    depth: int


class Needy(MethodDefinition[Params]):
    name = "needy"
    version = "7"
    Params = Params
    stages = frozenset({"finetune"})
    implementation = "nowhere:Needy"
    description = "Needs a depth."
    reference = "Somebody 2020"


class Failing(MethodDefinition):
    name = "failing"
    version = "1"
    implementation = "nowhere:Failing"

    def needs(self, params, *_):
        raise KeyError("no luck")

    def cost(self, params, *_):
        return "cheap"


class Dear(MethodDefinition):
    name = "dear"
    version = "1"
    implementation = "nowhere:Dear"

    def needs(self, params, *_):
        return Needs(tokens=frozenset({"general"}), sidecars=frozenset({"odd/needy"}))

    def cost(self, params, *_):
        return Cost(update_tokens={"general": 5000}, backward_tokens=1_000_000, stored_bytes_per_parameter=4.0)


@hookimpl
def register_methods(register):
    for method in (Needy(), Failing(), Dear()):
        register(method)


@hookimpl
def register_domains(register):
    register(DomainDefinition(name="needy", version="2", implementation="nowhere:D", description="Words.",
                              licence="CC0-1.0", train_bytes=12345, tasks=("spell",)))


@hookimpl
def register_evaluators(register):
    register(EvaluatorDefinition(name="taste", version="1", implementation="nowhere:E", description="Taste.",
                                 higher_is_better=True, range=(0.0, None)))


@hookimpl
def register_executors(register):
    def somewhere():
        '''Runs stages elsewhere.

        At length.
        '''
    register("somewhere", somewhere)


@hookimpl
def register_benchmarks(register):
    for name in ("sound", "torn", "absent", "misspelt", "headless"):
        register(Path(__file__).parent / f"{name}.yaml")
"""
MISSPELT = "id: misspelt\nversion: 3\ndescription: Misspelt.\nsedes: [0]\n"


@pytest.fixture
def odd(site):
    site.install("earlyexp-odd", ODD)
    sound = SMOKE.read_text().replace("id: smoke", "id: sound").replace("version: 1", "version: 4")
    (site.folder / "sound.yaml").write_text(sound)
    (site.folder / "torn.yaml").write_text("id: torn\nversion: 1\nseeds: [0\n")
    (site.folder / "misspelt.yaml").write_text(MISSPELT)
    (site.folder / "headless.yaml").write_text("recipes: {id: x}\n")
    return site


def shown(site: Any, name: str) -> list[dict[str, Any]]:
    done = site.command("plugins", "show", name, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_list_has_a_benchmarks_own_version_and_description_and_why_one_is_broken(odd):
    listed = odd.listed()
    rows = {row["id"]: row for row in listed["components"]}
    assert (rows["odd/sound"]["version"], rows["odd/sound"]["description"][:10]) == ("2", "Procedural")
    assert (rows["odd/misspelt"]["version"], rows["odd/misspelt"]["description"]) == ("3", "Misspelt.")
    reasons = {row["name"]: row["reason"] for row in listed["broken"]}
    assert "torn.yaml" in reasons["odd/torn"] and "expected" in reasons["odd/torn"]
    assert "absent.yaml is no file" in reasons["odd/absent"]
    assert "no id and no version" in reasons["odd/headless"]
    text = odd.command("plugins", "list").stdout
    assert "broken: earlyexp-odd 1.0 (odd/absent): " in text


def test_what_a_method_says_depends_on_parameters_that_must_be_given(odd):
    method, domain = shown(odd, "odd/needy")[::-1]
    assert (method["kind"], method["version"], method["distribution_version"]) == ("method", "7", "1.0")
    assert (method["reference"], method["stages"]) == ("Somebody 2020", ["finetune"])
    assert method["cost"] == method["needs"] == "depends on depth"
    strength, places, depth = method["parameters"]
    assert strength == {
        "name": "strength",
        "takes": "a number, at least 0",
        "required": False,
        "default": 0.5,
        "description": "Weight of the penalty.",
    }
    assert (places["takes"], places["default"]) == ("a list, each 'head' or 'body'", ["head"])
    assert (depth["takes"], depth["required"]) == ("a whole number", True)
    assert (domain["kind"], domain["licence"], domain["train_bytes"], domain["tasks"]) == (
        "domain",
        "CC0-1.0",
        12345,
        ["spell"],
    )


def test_what_its_authors_code_fails_to_say_is_told(odd):
    (method,) = shown(odd, "failing")
    assert "KeyError" in method["needs"]
    done = odd.command("plugins", "show", "failing")
    assert (done.returncode, done.stderr) == (0, "")
    assert "its author's code fails: KeyError" in done.stdout
    assert "cheap" in done.stdout


WORDS = [
    (
        "odd/dear",
        ["the general tokens of earlier stages and what odd/needy keeps", "at 1M tokens: 5K general tokens in"],
    ),
    ("odd/dear", ["1M tokens forward and backward again", "4 bytes a parameter beside the weights"]),
    ("odd/needy", ["depth: a whole number; required", "strength: a number, at least 0; default 0.5"]),
    ("taste", ["evaluator odd/taste, version 1, of earlyexp-odd 1.0", "higher", "0 to unbounded"]),
    ("somewhere", ["executor odd/somewhere", "  Runs stages elsewhere.\n"]),
    ("sound", ["benchmark odd/sound, version 2", "protocol", "baseline, early"]),
    ("misspelt", ["Misspelt.", "misspelt.yaml:4: sedes: unknown key 'sedes'", "'seeds'"]),
    ("absent", ["broken: ", "absent.yaml"]),
    ("earlyexp-odd", ["method odd/dear", "domain odd/needy", "benchmark odd/torn"]),
    ("replay", ["method builtin/replay", "arXiv 2605.12705", "fraction: a number, greater than 0, less than 1"]),
]


@pytest.mark.parametrize(("name", "said"), WORDS, ids=[f"{name}-{said[0][:20]}" for name, said in WORDS])
def test_a_component_in_words(odd, name, said):
    done = odd.command("plugins", "show", name)
    assert (done.returncode, done.stderr) == (0, "")
    for words in said:
        assert words in done.stdout


@pytest.mark.parametrize(("name", "right"), [("rplay", "'replay'?"), ("odd/deer", "'odd/dear'?"), ("torn-off", "")])
def test_an_unknown_name_is_answered_with_the_nearest(odd, name, right):
    done = odd.command("plugins", "show", name)
    assert done.returncode == 2
    assert f"nothing called {name!r} is installed" in done.stderr
    assert right in done.stderr


def test_a_plugin_that_did_not_load_says_why(site):
    site.install("earlyexp-broken", "raise RuntimeError('no luck today')")
    done = site.command("plugins", "show", "broken/mine")
    assert done.returncode == 2
    assert "no luck today" in done.stderr


def test_every_shipped_component_can_be_shown(site):
    names = [row["id"] for row in site.listed()["components"]]
    code = (
        "import sys\n"
        "from earlyexp_bench.spec.describe import describe\n"
        "from earlyexp_bench.cli.component import component_lines\n"
        "from earlyexp_bench.hooks import registry\n"
        "for entry in registry().all(): assert 'fails' not in '\\n'.join(component_lines(describe(entry)))\n"
        "assert not {'torch', 'transformers', 'lm_eval', 'datasets', 'scipy'} & set(sys.modules)"
    )
    assert names
    assert site.python(code) == ""


def test_a_claim_is_listed_and_shown(site: Any) -> None:
    (row,) = [row for row in site.listed()["components"] if row["id"] == "claims/R2"]
    assert (row["kind"], row["description"]) == ("claim", "The retained loss falls with λ on average")
    lines = site.command("plugins", "show", "R2").stdout.splitlines()
    assert lines[0].startswith("claim claims/R2, version 2, of earlyexp-claims ")
    assert "    learning_rate: a number; default none" in lines
