"""Plugins are found, named and restricted; a broken one stops nobody else."""

from pathlib import Path

import pytest

ONE_OF_EACH = """
from pathlib import Path
from earlyexp_bench.contracts import ClaimDefinition, DomainDefinition, EvaluatorDefinition, MethodDefinition
from earlyexp_bench.hooks import hookimpl


class Mine(MethodDefinition):
    name = "a-method"
    version = "1"
    implementation = "nowhere:Mine"
    description = "Does nothing."


@hookimpl
def register_domains(register):
    register(DomainDefinition(
        name="a-domain", version="1", implementation="nowhere:D", description="None.", licence="CC0-1.0"))


@hookimpl
def register_methods(register):
    register(Mine())


@hookimpl
def register_evaluators(register):
    register(EvaluatorDefinition(
        name="an-evaluator", version="1", implementation="nowhere:E", description="None.", higher_is_better=True,
        range=(0.0, 1.0)))


@hookimpl
def register_executors(register):
    register("an-executor", lambda: None)


@hookimpl
def register_benchmarks(register):
    register(Path(__file__).parent / "a-benchmark.yaml")


class Claimed(ClaimDefinition):
    name = "a-claim"
    version = "1"
    statement = "Nothing is lost"
    implementation = "nowhere:C"


@hookimpl
def register_claims(register):
    register(Claimed())


@hookimpl
def register_published_records(register):
    register(Path(__file__).parent / "results")
"""


def test_every_hook_registers_under_the_name_of_its_distribution(site):
    (site.folder / "results").mkdir()
    site.install("earlyexp-outside", ONE_OF_EACH)
    found = {(row["kind"], row["id"]) for row in site.listed()["components"] if row["id"].startswith("outside/")}
    assert found == {
        ("domain", "outside/a-domain"),
        ("method", "outside/a-method"),
        ("evaluator", "outside/an-evaluator"),
        ("executor", "outside/an-executor"),
        ("benchmark", "outside/a-benchmark"),
        ("claim", "outside/a-claim"),
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import not_installed_anywhere", "No module named 'not_installed_anywhere'"),
        ("raise RuntimeError('no luck today')", "no luck today"),
        (
            "from earlyexp_bench.hooks import hookimpl\n@hookimpl\ndef register_method(register): ...",
            "register_method",
        ),
        ("api_version = 99", "pip install -U earlyexp-bench"),
        (
            "from earlyexp_bench.hooks import hookimpl\n@hookimpl\ndef register_methods(register):\n    register(3)",
            "'int' object",
        ),
    ],
    ids=["import", "raises", "misspelled-hook", "newer-api", "not-a-definition"],
)
def test_a_broken_plugin_is_shown_and_the_others_load(site, ids, source, said):
    site.install("earlyexp-broken", source)
    site.install_method("earlyexp-sound", "mine")
    listed = site.listed()
    assert "sound/mine" in ids(listed)
    (broken,) = [row for row in listed["broken"] if row["distribution"] == "earlyexp-broken"]
    assert said in broken["reason"]


@pytest.mark.parametrize("name", ["broken/mine", "mine"])
def test_a_benchmark_that_needs_a_broken_plugin_says_why_it_did_not_load(site, name):
    site.install("earlyexp-broken", "raise RuntimeError('no luck today')")
    (site.folder / "recipes.yaml").write_text(f"recipes:\n  r:\n    posttraining: [{{use: {name}}}]\n")
    done = site.command("plan", "smoke", "--recipes", "recipes.yaml")
    assert done.returncode == 2
    assert "no luck today" in done.stderr
    assert "recipes.yaml:3" in done.stderr


def test_a_broken_plugin_does_not_disturb_a_benchmark_without_it(site):
    site.install("earlyexp-broken", "raise RuntimeError('no luck today')")
    done = site.command("show", "smoke")
    assert (done.returncode, done.stderr) == (0, "")


def test_two_distributions_of_one_namespace_may_not_register_one_id(site):
    site.install_method("earlyexp-twin", "mine")
    site.install_method("twin", "mine")
    (broken,) = site.listed()["broken"]
    assert "earlyexp-twin and twin" in broken["reason"]
    assert "'twin/mine'" in broken["reason"]


def test_a_short_name_that_two_plugins_use_must_be_written_in_full(site):
    site.install_method("earlyexp-one", "mine")
    site.install_method("earlyexp-two", "mine")
    (site.folder / "recipes.yaml").write_text("recipes:\n  r:\n    posttraining: [{use: mine}]\n")
    done = site.command("plan", "smoke", "--recipes", "recipes.yaml")
    assert done.returncode == 2
    assert "one/mine and two/mine" in done.stderr


def test_what_is_built_in_keeps_its_short_name_whatever_is_installed(site):
    site.install_method("earlyexp-other", "replay")
    (site.folder / "recipes.yaml").write_text("recipes:\n  r:\n    posttraining: [{use: replay, fraction: 0.01}]\n")
    done = site.command("plan", "smoke", "--recipes", "recipes.yaml")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environment_restricts_which_plugins_load(site, ids):
    site.install_method("earlyexp-one", "mine")
    site.install_method("earlyexp-two", "mine")
    assert {"one/mine"} == ids(site.listed(EARLYEXP_PLUGINS="one")) & {"one/mine", "two/mine"}
    assert {"one/mine", "two/mine"} <= ids(site.listed(EARLYEXP_PLUGINS="one, earlyexp_two"))
    nothing_else = ids(site.listed(EARLYEXP_PLUGINS="none"))
    assert {id_.partition("/")[0] for id_ in nothing_else} == {"builtin"}


def test_every_hook_is_documented_and_tested() -> None:
    from earlyexp_bench.hooks import specs

    guide = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
    hooks = [name for name in vars(specs) if name.startswith("register_")]
    assert hooks
    for hook in hooks:
        assert getattr(specs, hook).__doc__, f"{hook} has no docstring"
        assert f"`{hook}`" in guide, f"CONTRIBUTING.md says nothing of {hook}"
        assert f"def {hook}(" in ONE_OF_EACH, f"{hook} is not in the plugin of one of each"


@pytest.mark.parametrize("command", ["plan", "run", "report", "claims"])
def test_a_benchmark_whose_claims_are_not_installed_says_what_to_install(site, command):
    claim = "claims=[{claim: R4, reference: baseline, exposed: early}]"
    done = site.command(command, "smoke", "--set", claim, EARLYEXP_PLUGINS="none")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: --set {claim}: claims.0.claim: no claim 'R4' is installed")
    assert (
        "`pip install earlyexp-claims`, or in a checkout `pip install -e plugins/earlyexp-claims`, may bring it"
        in done.stderr
    )


def test_such_a_benchmark_can_still_be_shown(site):
    claim = "claims=[{claim: R4, reference: baseline, exposed: early}]"
    done = site.command("show", "smoke", "--set", claim, EARLYEXP_PLUGINS="none")
    assert (done.returncode, done.stderr) == (0, "")
    assert "R4 is not installed" in done.stdout.splitlines()[1]
    assert "exposed: early" in done.stdout
    assert site.command("schema", EARLYEXP_PLUGINS="none").returncode == 0
