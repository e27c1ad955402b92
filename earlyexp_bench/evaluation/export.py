"""Tasks as YAML and JSONL, for the stock ``lm_eval`` command.

``lm_eval --model hf --model_args pretrained=CHECKPOINT --tasks NAME --include_path DIRECTORY`` then gives the scores
that a benchmark records: add ``softmax_dtype=float32`` for a half-precision checkpoint. The command gives up where an
answer is longer than the model's window; we score such an answer in several windows.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from earlyexp_bench.evaluation.stored import plain_config, task_path


def export_tasks(directory: Path, tasks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Write every task as ``<name>.yaml`` beside ``<name>-<split>.jsonl``.

    Data files are named by absolute path, as lm-eval needs it: export again after moving the directory.

    Args:
        directory: Created if need be.
        tasks: Configurations by name, as an evaluator's or a domain's ``tasks`` returns them.

    Returns:
        The names for ``--tasks``, sorted.

    Raises:
        UserError: A configuration holds something that is not JSON.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, config in tasks.items():
        rest, documents = plain_config(name, config)
        files = {split: _write_rows(directory / f"{name}-{split}.jsonl", rows) for split, rows in documents.items()}
        stock = {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": files}, **_stock(rest)}
        text = yaml.safe_dump(stock, sort_keys=False, allow_unicode=True)
        task_path(directory, name, ".yaml").write_text(text, encoding="utf-8")
    return sorted(tasks)


def _stock(config: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what only our own data loading reads, and tuples, which YAML has no plain form for."""
    plain = json.loads(json.dumps(dict(config)))
    return {key: value for key, value in plain.items() if key not in {"task", "dataset_path", "dataset_kwargs"}}


def _write_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return str(path.resolve())
