import json
import shutil
from importlib.metadata import version

import pytest

from earlyexp_bench.contracts import Document, EarlyExpError, ParentRef, StageSpec, UserError
from earlyexp_bench.evaluation import save_domain
from earlyexp_bench.evaluation.items import ITEMS_FILE, read_items
from earlyexp_bench.stages.context import StageContext
from earlyexp_bench.stages.encoding import encode
from earlyexp_bench.stages.evaluate import run
from earlyexp_bench.store import Store
from earlyexp_bench.training import load_tokenizer, save_tokens

MODEL, TOKENS = "a" * 64, "b" * 64


def measurement(evaluator, split, **more):
    domain = {"id": "made-up/riddles"}
    return {"evaluator": f"builtin/{evaluator}", "role": "target", "domain": domain, "split": split, **more}


EVERYTHING = [
    measurement("loss", "validation"),
    measurement("loss", "test", max_documents=5),
    measurement("answer-loss", "test"),
    measurement("domain-tasks", "test"),
]


def save_ids(directory, checkpoint, domain):
    """Leave the ids that a tokens stage would."""
    tokenizer = load_tokenizer(checkpoint).backend_tokenizer
    splits = {
        split: encode(tokenizer, domain.documents(split), directory / f"{split}.ids", 0)
        for split in ("validation", "test")
    }
    save_tokens(directory, splits)


@pytest.fixture
def make_context(tmp_path, checkpoint, riddles):
    store = Store(tmp_path / "store")
    shutil.copytree(checkpoint, store.directory("finetune", MODEL) / "final")
    store.directory("tokens", TOKENS).mkdir(parents=True)
    save_domain(store.directory("tokens", TOKENS), riddles)
    save_ids(store.directory("tokens", TOKENS), checkpoint, riddles)

    def make(name="stage", **identity):
        spec = StageSpec(
            kind="evaluate",
            identity={"context": 64, "measurements": EVERYTHING, "lm_eval_version": version("lm-eval"), **identity},
            numerics={"eval_batch_tokens": 1024},
            parents={"model": ParentRef(kind="finetune", key=MODEL), "target": ParentRef(kind="tokens", key=TOKENS)},
        )
        (tmp_path / name).mkdir()
        return StageContext(tmp_path / name, spec, store, report=lambda _: None)

    return make


def test_the_stage_reports_every_measurement_by_role_and_split(make_context):
    result = run(make_context())
    assert set(result.output.scores) == {"target"}
    assert set(result.output.on("target", "validation").reported) == {"loss", "bits_per_byte"}
    assert set(result.output.on("target", "test").reported) == {
        "loss",
        "bits_per_byte",
        "answer_loss",
        "riddle_choice.acc",
        "riddle_choice.acc_norm",
    }
    assert result.outputs == ()
    assert result.flops > 0


def test_answers_to_multiple_choice_are_kept_document_by_document(make_context, riddles):
    result = run(make_context())
    test = result.output.on("target", "test")
    assert list(test.answers) == ["riddle_choice"]
    given = test.answers["riddle_choice"]
    assert len(given.correct) == riddles.count
    assert given.correct.count("1") / riddles.count == test.further["riddle_choice.acc"]
    assert given.chance == pytest.approx(1 / 3)


def test_answers_to_other_questions_have_another_digest(make_context):
    all_of_them, five = (
        make_context("all"),
        make_context("five", measurements=[measurement("domain-tasks", "test", max_documents=5)]),
    )
    whole, first = (run(one).output.on("target", "test").answers["riddle_choice"] for one in (all_of_them, five))
    assert whole.correct.startswith(first.correct)
    assert whole.documents != first.documents


def test_items_recompute_the_loss_and_name_their_documents(make_context, riddles):
    context = make_context()
    metrics = run(context).output.on("target", "validation").reported
    items = [i for i in read_items(context.directory / ITEMS_FILE) if i.split == "validation"]
    assert [item.document for item in items] == list(range(riddles.count))
    assert [item.bytes for item in items] == [len(d.text.encode()) for d in riddles.documents("validation")]
    loss = -sum(item.log_likelihood for item in items) / sum(item.tokens for item in items)
    assert metrics["loss"] == pytest.approx(loss)


def test_the_same_stage_twice_gives_the_same_numbers_and_bytes(make_context):
    first, second = make_context("one"), make_context("two")
    assert run(first) == run(second)
    assert (first.directory / ITEMS_FILE).read_bytes() == (second.directory / ITEMS_FILE).read_bytes()


def test_another_lm_eval_than_planned_is_refused(make_context):
    with pytest.raises(UserError, match=r"0\.3\.0"):
        run(make_context(lm_eval_version="0.3.0"))


def test_a_checkpoint_with_another_window_than_the_benchmark_is_refused(make_context):
    with pytest.raises(UserError, match=r"64.*128"):
        run(make_context(context=128))


def test_a_measurement_without_a_domain_is_refused(make_context):
    with pytest.raises(UserError, match="incomplete"):
        run(make_context(measurements=[{"evaluator": "builtin/loss", "role": "target", "split": "test"}]))


class Seldom:
    """Ten short documents, and a long one that alone holds the word "stone"."""

    def documents(self, split):
        yield from (Document("sun moon river", f"{split}{index}", 0) for index in range(10))
        yield Document("stone " * 50, f"{split}10", 0)

    def tasks(self):
        return {}


def test_documents_that_would_be_scored_on_other_tokens_than_were_trained_on_are_refused(make_context, checkpoint):
    context = make_context(measurements=[measurement("loss", "test")])
    save_domain(context.parent_stage("target"), Seldom())
    save_ids(context.parent_stage("target"), checkpoint, Seldom())
    assert run(context).output.on("target", "test").reported["loss"] > 0
    path = context.parent("model") / "tokenizer.json"
    rules = json.loads(path.read_text())
    split = {"type": "Split", "pattern": {"String": "st"}, "behavior": "Isolated", "invert": False}
    rules["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, rules["pre_tokenizer"]]}
    path.write_text(json.dumps(rules))
    with pytest.raises(
        EarlyExpError, match=r"document 10 of test(.|\n)*not the one that it was trained with, or other software"
    ):
        run(context)
