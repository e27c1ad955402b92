"""``--set``: what it reaches, what it makes, what it refuses, and that it cuts nothing off a value."""

import shlex
from pathlib import Path

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.spec import LoadedBenchmark, load_benchmark
from earlyexp_bench.spec.yaml_source import dotted

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"
CHANGES = {
    "id: smoke": "id: mine",
    "numerics: {device: cpu, precision: fp32, cpu_threads: 1, instruction_set: portable, "
    "optimizer_implementation: fused}\n": "",
    "{use: answer-loss, max_documents: 60}": "answer-loss",
    "  early: {exposure: {fraction: 1}}": "  early: &e {exposure: {fraction: 1}}\n  v1.5: *e\n  v1.5.2: *e",
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """`smoke` without numerics, with recipes whose names have dots, and an evaluator by its bare name."""
    text = SMOKE.read_text()
    for old, new in CHANGES.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mine.yaml").write_text(text)
    return tmp_path / "mine.yaml"


def load(path: Path, *settings: str) -> LoadedBenchmark:
    return load_benchmark(str(path), overrides=settings)


REACHED = [
    ("numerics.cpu_threads=2", lambda s: s.numerics.cpu_threads, 2),
    ("budget.pretraining=5M", lambda s: s.budget, {"pretraining": 5_000_000}),
    ("posttraining.sweep.weight_decay=[0.1]", lambda s: s.posttraining.sweep["weight_decay"], [0.1]),
    ("recipes.baseline.posttraining.0=replay", lambda s: s.recipes["baseline"].posttraining[0].use, "replay"),
    ("pipelines.0.target=x", lambda s: s.pipelines[0].target, "x"),
    ("pipelines[0].target=x", lambda s: s.pipelines[0].target, "x"),
    ("pipelines.1={target: a, downstream: b}", lambda s: len(s.pipelines), 2),
    ("finetuning.sweep.learning_rate[1]=5e-3", lambda s: s.finetuning.sweep["learning_rate"], [3e-4, 5e-3]),
    (
        "evaluators.1.max_documents=5",
        lambda s: (s.evaluators[1].use, s.evaluators[1].max_documents),
        ("answer-loss", 5),
    ),
    ("evaluators.1.max_documents.target=5", lambda s: s.evaluators[1].max_documents, {"target": 5}),
    ("recipes.v1.5.exposure.fraction=0.5", lambda s: s.recipes["v1.5"].exposure.fraction, 0.5),
    ("recipes.v1.5.2.exposure.fraction=0.5", lambda s: s.recipes["v1.5.2"].exposure.fraction, 0.5),
    ('recipes."v1.5".exposure.fraction=0.5', lambda s: s.recipes["v1.5"].exposure.fraction, 0.5),
    ("recipes.'v2.0'={exposure: {fraction: 1}}", lambda s: s.recipes["v2.0"].exposure.fraction, 1),
    ('domains."a=b.c"={use: files, path: x}', lambda s: list(s.domains), ["a=b.c"]),
    ("context=4K", lambda s: s.context, 4000),
    ("finetuning.tokens = 20K", lambda s: s.finetuning.tokens, 20_000),
    ("description=a # b", lambda s: s.description, "a # b"),
    ("description=#5 of many", lambda s: s.description, "#5 of many"),
    ("description=a=b", lambda s: s.description, "a=b"),
    ('description="Note: a # b"', lambda s: s.description, "Note: a # b"),
    ('description=""', lambda s: s.description, ""),
    ("description=|\n  one\n  two", lambda s: s.description, "one\ntwo"),
    ("tokenizer.sha256=", lambda s: s.tokenizer.sha256, None),
]


@pytest.mark.parametrize(("setting", "read", "value"), REACHED, ids=[setting for setting, _, _ in REACHED])
def test_a_setting_reaches_its_key(mine: Path, setting, read, value) -> None:
    assert read(load(mine, setting).spec) == value


def test_a_setting_changes_one_of_several_aliases(mine: Path) -> None:
    spec = load(mine, "recipes.v1.5.exposure.fraction=0.5").spec
    assert [spec.recipes[name].exposure.fraction for name in ("early", "v1.5", "v1.5.2")] == [1, 0.5, 1]


def test_settings_count_in_their_order(mine: Path) -> None:
    assert load(mine, "numerics={}", "numerics.cpu_threads=2").spec.numerics.cpu_threads == 2
    assert load(mine, "numerics=", "numerics.cpu_threads=2").spec.numerics.cpu_threads == 2
    replaced = load(mine, "numerics.cpu_threads=2", "numerics={}")
    assert replaced.spec.numerics.cpu_threads == 1
    assert "cpu_threads" not in replaced.where(("numerics",))


# What is set, what is wrong, what would be right.
REFUSED = [
    ("numerics.cpu_thread=1", "unknown key 'cpu_thread'", "'cpu_threads'"),
    ("numeric.cpu_threads=1", "there is no 'numeric'", "'numerics'?"),
    ("recipes.erly.exposure.fraction=1", "there is no 'erly'", "'early'?; a new one is set whole, recipes.erly=…"),
    ("recipes.v1.6.exposure.fraction=1", "there is no 'v1.6'", "'v1.5'?; a new one is set whole, recipes.\"v1.6\"=…"),
    ("recipes.v2.0={exposure: {fraction: 1}}", "there is no 'v2.0'", 'recipes."v2.0"=…'),
    ("budget.pretrainin.x=1", "there is no 'pretrainin'", "'pretraining'?"),
    ("model.hidden_size.y=1", "model.hidden_size is 32, in which nothing can be set", "model.hidden_size=…"),
    ("model.rope_scaling.factor=2", "there is no 'rope_scaling'", "model.rope_scaling=…"),
    ("scoring.family.x=9", "scoring.family is empty", "scoring.family=…"),
    ("pipelines.1.target=x", "pipelines is a list of 1 and has no '1'", "1 for one more, set whole"),
    ("domains.mine.path=x", "there is no 'mine'", "a new one is set whole, domains.mine=…"),
    (f"pipelines.{'9' * 5000}={{}}", "pipelines is a list of 1", "from 0 to 1"),
    ("pipelines.2={}", "pipelines is a list of 1 and has no '2'", "from 0 to 1"),
    ("pipelines.-1.target=x", "has no '-1'", "0"),
    ("pipelines.²=x", "has no '²'", "0"),
    ("pipelines.00={}", "has no '00'", "0"),
    ("claims.0.claim=R4", "claims is a list of 0", "set whole"),
    ("a..b=1", "'a..b' is not a key", "a.0.b"),
    (".a=1", "'.a' is not a key", "a.0.b"),
    ("a.=1", "'a.' is not a key", "a.0.b"),
    ("a[x].b=1", "'a[x].b' is not a key", "a.0.b"),
    ("=1", "is not key=value", "finetuning.tokens=20K"),
    ("", "is not key=value", "finetuning.tokens=20K"),
    ("description=5", "5 is not text", '"5"'),
    ("description=true", "true is not text", '"true"'),
    ("description=", "is empty", "text"),
    ("recipes=", "is empty", "`name: value` pairs"),
    ("version=true", "true is not a number", "a whole number, at least 1"),
    ("tokenizer.vocab_size=1,000", "write 1000", "at least 257"),
    ("seeds=[1, 2] # two", "'# two' follows the value", "one YAML value"),
    ("description=a\nid: other", "more than one value", "quotes"),
    ("domains.mine={use: files, path: *.txt}", "not valid YAML", '"*.txt", in quotes'),
]


@pytest.mark.parametrize(("setting", "wrong", "right"), REFUSED, ids=[setting[:40] for setting, _, _ in REFUSED])
def test_what_leads_nowhere_is_refused_with_what_would_be_right(
    mine: Path, setting: str, wrong: str, right: str
) -> None:
    with pytest.raises(UserError) as caught:
        load(mine, setting)
    assert "--set" in str(caught.value)
    assert wrong in str(caught.value)
    assert right in caught.value.expected


@pytest.mark.parametrize(
    "text",
    [
        "*.txt",
        "&b",
        "!b c",
        "%d",
        "@b",
        "`b`",
        "| b",
        ">5",
        "{b}/c",
        "[b]-c",
        "a: b",
        "- b",
        "? b",
        'don\'t: "x"',
        "\\d: 1",
    ],
)
def test_text_that_yaml_takes_for_signs_is_refused_with_the_words_that_work(mine: Path, text: str) -> None:
    with pytest.raises(UserError) as caught:
        load(mine, f"description={text}")
    advised = shlex.split(caught.value.expected.partition("--set ")[2])
    assert load(mine, *advised).spec.description == text


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        (("pipelines", 0, "target"), "pipelines.0.target"),
        (("recipes", "v1.5", "exposure", "fraction"), 'recipes."v1.5".exposure.fraction'),
        (("finetuning", "sweep", "learning_rate", 1), "finetuning.sweep.learning_rate.1"),
    ],
)
def test_messages_write_a_place_as_it_can_be_set(mine: Path, path: tuple[str | int, ...], setting: str) -> None:
    assert dotted(path) == setting
    with pytest.raises(UserError) as caught:
        load(mine, f"{setting}=[[]]")
    assert str(caught.value).startswith(f"--set {setting}=[[]]: ")
    line = next(
        n for n, text in enumerate(mine.read_text().splitlines(), 1) if text.lstrip(" -").startswith("{target:")
    )
    assert load(mine).where(("pipelines", 0, "target")) == f"{mine}:{line}: pipelines.0.target"
