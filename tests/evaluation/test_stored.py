import json
import subprocess
import sys

import pytest

from earlyexp_bench.contracts import Document, StoreError, UserError
from earlyexp_bench.evaluation import load_domain, save_domain


def test_a_stored_domain_gives_back_the_held_out_documents_and_tasks(tmp_path, riddles):
    save_domain(tmp_path, riddles)
    stored = load_domain(tmp_path)
    for split in ("validation", "test"):
        assert list(stored.documents(split)) == list(riddles.documents(split))
    ((name, config),) = stored.tasks().items()
    original = riddles.tasks()[name]
    assert config.pop("custom_dataset")(version=1) == original.pop("custom_dataset")()
    assert config == original


def test_text_survives_whatever_it_holds(tmp_path, make_riddles):
    class Odd(make_riddles):
        def documents(self, split):
            yield Document('line\nreturn\r\n"quotes" \u2028 \x00 日本 🎵', "g/1", 5)

    save_domain(tmp_path, Odd())
    assert list(load_domain(tmp_path).documents("test")) == list(Odd().documents("test"))


def test_the_train_split_is_not_stored(tmp_path, riddles):
    save_domain(tmp_path, riddles)
    with pytest.raises(UserError, match="train documents are asked for"):
        next(load_domain(tmp_path).documents("train"))


def test_a_directory_without_documents_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"no validation.*no test"):
        load_domain(tmp_path)


def test_saving_twice_gives_the_same_bytes(tmp_path, riddles):
    contents = []
    for name in "ab":
        (tmp_path / name).mkdir()
        save_domain(tmp_path / name, riddles)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        contents.append([(path.relative_to(tmp_path / name), path.read_bytes()) for path in files])
    assert contents[0] == contents[1]
    assert len(contents[0]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"doc_to_text": lambda doc: doc["question"]}, "doc_to_text.*function"),
        ({"metric_list": [{"metric": "acc", "aggregation": len}]}, "metric_list.*function"),
        ({"custom_dataset": None}, "custom_dataset"),
    ],
)
def test_a_task_that_cannot_be_written_down_is_refused_with_its_place(tmp_path, riddles, make_riddles, change, message):
    task = {**riddles.tasks()["riddle_choice"], **change}
    with pytest.raises(UserError, match=f"(?s)riddle_choice.*{message}|{message}.*riddle_choice"):
        save_domain(tmp_path, make_riddles(task=task))


def test_a_task_name_cannot_leave_its_folder(tmp_path, riddles):
    class Sly(type(riddles)):
        def tasks(self):
            return {"../escape": super().tasks()["riddle_choice"]}

    with pytest.raises(UserError, match="escape"):
        save_domain(tmp_path, Sly())


def test_the_order_of_choices_given_as_a_mapping_is_kept(tmp_path, riddles, make_riddles):
    task = {**riddles.tasks()["riddle_choice"], "doc_to_choice": {"z": "first", "a": "second"}}
    save_domain(tmp_path, make_riddles(task=task))
    assert list(load_domain(tmp_path).tasks()["riddle_choice"]["doc_to_choice"].values()) == ["first", "second"]
    assert json.loads((tmp_path / "tasks" / "riddle_choice.json").read_text())["documents"]["test"]


def test_storing_a_domain_loads_neither_torch_nor_lm_eval():
    code = "import sys, earlyexp_bench.evaluation; print({'torch', 'lm_eval', 'datasets'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
