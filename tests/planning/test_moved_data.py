"""Where data lie decides nothing: a moved corpus is used again, a changed one is not."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.params import load_params
from earlyexp_bench.contracts.stages import TokensInput
from earlyexp_bench.hooks import load_object, registry
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.stages.domains import build_domain, check_unchanged, paths_as_written

SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"


def write_notes(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(80):
        lines = "\n\n".join(f"Note {number}.{line} says something of its own." for line in range(200))
        (folder / f"{number}.md").write_text(lines)


def planned(tmp_path: Path, domain: dict[str, Any]) -> Plan:
    data = yaml.safe_load(SMOKE.read_text())
    data["domains"] = {"notes": domain}
    data["pipelines"][0]["target"] = "notes"
    data["tokenizer"]["train_on"].append("notes")
    file = tmp_path / "notes.yaml"
    file.write_text(yaml.safe_dump(data))
    return build_plan(load_benchmark(str(file)))


def keys(plan: Plan) -> set[str]:
    return {node.key for node in plan.nodes}


def notes_of(plan: Plan) -> set[str]:
    spec = next(node.spec for node in plan.nodes if node.label == "tokens notes")
    with paths_as_written(spec):
        domain = build_domain(TokensInput.model_validate(spec.identity).domain, spec)
        return {document.text for document in domain.documents("train")}


def test_moved_and_renamed_files_have_the_same_keys_and_are_found(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes")
    before = planned(tmp_path, {"use": "files", "path": "notes/*.md", "group_by": "file"})
    texts = notes_of(before)
    shutil.move(tmp_path / "notes", tmp_path / "archive")
    shutil.move(tmp_path / "archive" / "7.md", tmp_path / "archive" / "seven.md")
    after = planned(tmp_path, {"use": "files", "path": str(tmp_path / "archive/**/*.md"), "group_by": "file"})
    assert keys(after) == keys(before)
    assert notes_of(after) == texts


def test_a_moved_local_data_set_has_the_same_keys(tmp_path: Path) -> None:
    write_notes(tmp_path / "set" / "data")
    before = planned(tmp_path, {"use": "hub", "dataset": "set"})
    shutil.move(tmp_path / "set", tmp_path / "other")
    assert keys(planned(tmp_path, {"use": "hub", "dataset": "./other"})) == keys(before)


def test_changed_contents_change_every_key_that_depends_on_them(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes")
    domain = {"use": "files", "path": "notes/*.md", "group_by": "file"}
    before = planned(tmp_path, domain)
    (tmp_path / "notes" / "7.md").write_text("Another note.")
    after = planned(tmp_path, domain)
    assert not keys(before) & keys(after)  # the tokenizer is trained on the notes too


def test_contents_that_change_between_planning_and_reading_stop_the_stage(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes")
    plan = planned(tmp_path, {"use": "files", "path": "notes/*.md", "group_by": "file"})
    (tmp_path / "notes" / "7.md").write_text("Another note.")
    with pytest.raises(UserError, match="the data of builtin/files changed after they were planned"):
        notes_of(plan)


@pytest.mark.parametrize("use", [{"use": "files", "path": "set/*.txt"}, {"use": "hub", "dataset": "set"}])
def test_contents_that_change_while_they_are_read_stop_the_stage(tmp_path: Path, use: dict[str, Any]) -> None:
    write_notes(tmp_path / "notes")
    shutil.copytree(tmp_path / "notes", tmp_path / "set")
    for path in (tmp_path / "set").iterdir():
        path.rename(path.with_suffix(".txt"))
    spec = next(node.spec for node in planned(tmp_path, use).nodes if node.label == "tokens notes")
    ref = TokensInput.model_validate(spec.identity).domain
    with paths_as_written(spec):
        next(build_domain(ref, spec).documents("train"))
        check_unchanged(ref, spec)
        path = tmp_path / "set" / "7.txt"
        times = path.stat()
        path.write_text(path.read_text().replace("Note", "Nota"))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        with pytest.raises(UserError, match="changed after they were planned"):
            check_unchanged(ref, spec)


def test_plans_of_several_folders_are_made_at_once_and_leave_the_working_directory_alone(tmp_path: Path) -> None:
    domain = {"use": "files", "path": "notes/*.md", "group_by": "file"}
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        write_notes(folder / "notes")
    (folders[1] / "notes" / "7.md").write_text("Another note.")
    alone = [keys(planned(folder, domain)) for folder in folders]
    started_in = Path.cwd()
    with ThreadPoolExecutor() as threads:
        files = [str(folder / "notes.yaml") for folder in folders]
        together = list(threads.map(lambda file: keys(build_plan(load_benchmark(file))), files * 4))
    assert together == alone * 4
    assert alone[0] != alone[1]
    assert Path.cwd() == started_in


@pytest.mark.parametrize("written", ["notes/*.md", "./notes/*.md", "{}/notes/*.md"])
def test_messages_name_files_as_they_are_written(tmp_path: Path, written: str) -> None:
    write_notes(tmp_path / "notes")
    domain = {"use": "files", "path": written.format(tmp_path), "group_by": "file"}
    spec = next(node.spec for node in planned(tmp_path, domain).nodes if node.label == "tokens notes")
    shown = f"{tmp_path}/notes" if written.startswith("{}") else "notes"
    (tmp_path / "notes" / "7.md").write_bytes(b"\xff")
    ref = TokensInput.model_validate(spec.identity).domain
    with pytest.raises(UserError, match="not UTF-8") as caught, paths_as_written(spec):
        definition = registry().domain(ref.id).definition
        params = load_params(definition.params, {**ref.params, "path": [written.format(tmp_path)]}, tmp_path)
        list(load_object(definition.implementation)(params).documents("train"))
    assert caught.value.where == f"{shown}/7.md"
    (tmp_path / "notes" / "8.md").unlink()
    (tmp_path / "notes" / "8.md").symlink_to("nowhere")
    with pytest.raises(UserError, match="leads nowhere") as caught:
        planned(tmp_path, domain)
    assert caught.value.where == f"{shown}/8.md"
