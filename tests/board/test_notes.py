"""What should be known of a recipe before it runs is said, with the reason, in one line."""

from types import SimpleNamespace

import pytest

from earlyexp_bench.board.notes import notes_of_board, notes_of_plan
from earlyexp_bench.contracts import MethodDefinition, Needs
from earlyexp_bench.hooks import Registered, registry
from earlyexp_bench.planning import build_plan
from earlyexp_bench.scoring.cells import RecipeTerms
from earlyexp_bench.spec import load_benchmark


class Reads(MethodDefinition):
    name, version, implementation = "reads", "1", "never:loaded"

    def needs(self, *_):
        return Needs(tokens=frozenset({"target"}))


class Refuses(MethodDefinition):
    name, version, implementation = "refuses", "1", "never:loaded"

    def incompatible(self, *_):
        return "it cannot,\n  not here"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    for definition in (Reads(), Refuses()):
        entry = Registered(f"test/{definition.name}", "method", "1", definition, "test", "1")
        monkeypatch.setitem(registry().components["method"], entry.id, entry)

    def said(recipe, *overrides):
        (tmp_path / "mine.yaml").write_text(f"recipes: {{mine: {recipe}}}")
        plan = build_plan(load_benchmark("smoke", recipes=tmp_path / "mine.yaml", overrides=overrides))
        assert [line for note in notes_of_plan(plan) for line in str(note).splitlines()] == list(
            map(str, notes_of_plan(plan))
        )
        return {note.kind: str(note) for note in notes_of_plan(plan)}

    return said


def test_plain_recipes_have_none(notes):
    assert notes("{exposure: {fraction: 0.5}}") == {}


def test_a_skipped_recipe_is_named_with_its_methods_reason(notes):
    assert notes("{finetuning: [refuses]}") == {"skipped": "mine: skipped, test/refuses: it cannot, not here"}


SHARES = [
    ("posttraining: [{use: replay, fraction: 1e-7}]", "builtin/replay: 1e-07 is not one of 938 sequences"),
    ("finetuning: [{use: replay, fraction: 0.9999}]", "builtin/replay: 625 sequences would replace all 625"),
    ("finetuning: [{use: freezing, fraction: 0.1}]", "mitigations/freezing: 0.1 of 2 layers is none"),
    ("posttraining: [{use: fisher, tokens: 63}]", "mitigations/fisher: 63 tokens are not one sequence of 64"),
]


@pytest.mark.parametrize(("recipe", "said"), SHARES)
def test_a_share_that_is_none_skips_a_recipe_before_it_is_trained(notes, recipe, said):
    assert said in notes(f"{{{recipe}}}")["skipped"]


def test_a_recipe_that_is_skipped_on_some_pipelines_names_them(notes):
    said = notes(
        "{exposure: {fraction: 1, source: procedural-general}}",
        "pipelines=[{target: procedural-target, downstream: procedural-downstream},"
        " {target: procedural-target, downstream: procedural-general}]",
    )
    assert said["skipped"].startswith(
        "mine on procedural-target→procedural-general: skipped, a placebo must be unrelated"
    )


def test_an_oracle_and_a_reader_of_pretraining_text_are_told_apart(notes):
    assert notes("{finetuning: [reads]}") == {
        "oracle": "mine: an oracle, its fine-tuning reads the target's text: shown, without verdict"
    }
    assert "pretraining-text" in notes("{posttraining: [replay]}")
    assert notes("{posttraining: [reads]}") == {}


def test_methods_without_a_stage_to_act_in_are_named(notes):
    matched = ("track=matched", "posttraining.until=one-pass", "recipes.early.exposure.fraction=0.5")
    assert "idle-methods" in notes("{exposure: {fraction: 1}, posttraining: [dropout]}", *matched)


def test_a_row_that_may_be_disqualified_is_named(notes):
    assert "disqualified" in notes("{exposure: {fraction: 1, repeats: 9}}")["budget"]


def test_the_end_of_a_run_names_them_again(notes):
    cells = [SimpleNamespace(recipe="mine", pipeline="a→b", status="skipped", reason="test/refuses: not here")]
    recipes = [RecipeTerms("early"), RecipeTerms("peeks", oracle=True)]
    board = SimpleNamespace(terms=SimpleNamespace(pipelines=[object()], recipes=recipes))
    assert [(note.recipe, note.kind) for note in notes_of_board(SimpleNamespace(cells=cells, board=board))] == [
        ("mine", "skipped"),
        ("peeks", "oracle"),
    ]
