"""Keys of what no shipped benchmark says, stage by stage: checkpoints, plain files, lm-eval's own tasks, rare fields.

As for `golden-keys.json`, a change makes stores start over: only with a raised version of what changed. Then write the
file again: ``python tests/benchmarks/test_golden_variants.py``.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from earlyexp_bench.contracts import digest
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.spec import load_benchmark

FILE = Path(__file__).parent / "golden-variants.json"
SMOKE = Path(__file__).parents[2] / "earlyexp_bench" / "builtin" / "smoke.yaml"
HUB = {"init_from": "somebody/model", "revision": "0123456789abcdef0123456789abcdef01234567"}
EXPOSURES = {
    "half": {"fraction": 0.5},
    "replace": {"fraction": 0.3, "mode": "replace"},
    "first": {"fraction": 1, "placement": "early"},
    "last": {"fraction": 1, "placement": "late", "repeats": 3},
    "longer": {"fraction": 0.5, "source": "general"},
    "placebo": {"fraction": 0.5, "source": "notes"},
    "twice": {"fraction": 0.1, "mode": "replace", "repeats": 2},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "exposures": {
        "domains": {"notes": {"use": "files", "path": "notes/*.txt", "group_by": "file"}},
        "recipes": {name: {"exposure": exposure} for name, exposure in EXPOSURES.items()}
        | {"baseline": {}, "never": {"skip_posttraining": True}, "again": {"draw": 2}},
        "scoring": {"reference": "baseline", "primary": "half", "family": 9},
    },
    "matched": {
        "track": "matched",
        "posttraining": {"until": "one-pass", "batch_tokens": 1024, "sweep": {"learning_rate": [0.01]}},
        "recipes": {"baseline": {}, "early": {"exposure": {"fraction": 1}}, "half": {"exposure": {"fraction": 0.5}}},
    },
    "schedules": {
        "tokenizer": {
            "vocab_size": 300,
            "train_on": ["procedural-target"],
            "bytes_per_domain": 5000,
            "sha256": "0" * 64,
        },
        "numerics": {"precision": "bf16", "micro_batch": 4, "compile": True},
        "pretraining": {
            "corpus": "procedural-general",
            "tokens": 90_000,
            "batch_tokens": 512,
            "learning_rate": 0.003,
            "min_learning_rate": 1e-5,
            "warmup_steps": 0,
            "weight_decay": 0,
        },
        "pipelines": [
            {"target": "procedural-target", "downstream": "procedural-general"},
            {"target": "procedural-target", "downstream": "procedural-general", "target_tokens": 3000},
        ],
        "posttraining": {
            "max_tokens": 30_000,
            "batch_tokens": 512,
            "warmup_fraction": 0,
            "eval_every": 0.25,
            "patience": 1,
            "min_delta": 0,
            "eval_documents": 7,
            "sweep": {"learning_rate": [0.01], "weight_decay": [0, 0.2]},
        },
        "finetuning": {
            "tokens": 9000,
            "repeats": 4,
            "batch_tokens": 512,
            "sweep": {"learning_rate": [0.01], "warmup_fraction": [0, 0.5]},
        },
        "evaluators": [
            "loss",
            {"use": "answer-loss", "max_documents": {"target": 5}},
            {"use": "arc_easy", "max_documents": 9},
        ],
    },
    "methods": {
        "recipes": {
            "baseline": {},
            "early": {"exposure": {"fraction": 1}, "pretraining": ["dropout"], "posttraining": ["lora"]},
            "kept": {
                "posttraining": ["mitigations/fisher"],
                "finetuning": [{"use": "mitigations/ewc", "fisher": "kept"}],
            },
            "averaged": {"posttraining": ["mitigations/wise-ft", "replay"], "finetuning": ["replay"]},
        },
    },
    "checkpoint of the hub": {"model": HUB, "tokenizer": None},
    "checkpoint in a folder": {"model": {"init_from": "start"}, "tokenizer": None},
}


def planned(variant: dict[str, Any], folder: Path) -> Plan:
    """Plan `smoke` with a variant's keys, beside some text files and the files of a checkpoint."""
    data = {**yaml.safe_load(SMOKE.read_text(encoding="utf-8")), **variant}
    for name, number in (("one", 1), ("two", 2), ("three", 3)):
        (folder / "notes").mkdir(exist_ok=True)
        (folder / "notes" / f"{name}.txt").write_text("".join(f"Note {number}.{i} is short.\n\n" for i in range(999)))
    (folder / "start").mkdir(exist_ok=True)
    for name, text in (("config.json", '{"model_type": "qwen2"}'), ("model.safetensors", "w"), ("tokenizer.json", "t")):
        (folder / "start" / name).write_text(text)
    file = folder / "variant.yaml"
    file.write_text(yaml.safe_dump({name: value for name, value in data.items() if value is not None}))
    return build_plan(load_benchmark(str(file)))


def keys(plan: Plan) -> dict[str, Any]:
    """Return the protocol's hash, a digest of all cells, and stage by stage its label, key and amount of training."""
    cells = [
        [
            cell.recipe,
            cell.pipeline,
            cell.sweep,
            cell.output,
            {name: ref.model_dump() for name, ref in cell.stages.items()},
        ]
        for cell in plan.cells
    ]
    stages = [f"{node.key} {node.label}: {node.update_tokens} + {node.overhead_tokens:g} tokens" for node in plan.nodes]
    return {"protocol": plan.loaded.protocol, "cells": digest(cells), "stages": stages}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_keys_of_a_variant_never_change(name: str, tmp_path: Path) -> None:
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    assert keys(planned(VARIANTS[name], tmp_path)) == golden[name]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        plans = {name: planned(variant, Path(temporary)) for name, variant in VARIANTS.items()}
    golden = {name: keys(plan) for name, plan in plans.items()}
    FILE.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
