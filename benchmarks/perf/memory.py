"""Peak memory of tokenizing a large corpus, and of training's access to it afterwards.

python benchmarks/perf/memory.py [--tokens 50_000_000] [--directory DIR]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from earlyexp_bench.planning import build_plan
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.store import Store

WORDS, WORDS_PER_DOCUMENT = 20_000, 800
PACKING = """
import resource, sys, time
from pathlib import Path
import torch
from earlyexp_bench.training import finetuning_mixture, load_split, pack
from earlyexp_bench.training.batches import Batches
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
directory, tokens = Path(sys.argv[1]), int(sys.argv[2])
started = time.perf_counter()
packed = pack(load_split(directory, "train"), tokens=tokens, context=1024, seed=0, role="downstream")
batches = Batches(finetuning_mixture(packed, seed=0), 65536, 8, 1, 0)
total = sum(int(part.ids.sum()) for part in batches.load(0, torch.device("cpu")).parts)
ready = time.perf_counter() - started
for step in range(1, 101):
    batches.load(step, torch.device("cpu"))
each = (time.perf_counter() - started - ready) / 100
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"imports {base / 1024:,.0f} MB, then {peak / 1024:,.0f} MB at most; first batch after {ready:.2f} s, "
      f"a batch of 65,536 tokens {each * 1e3:.2f} ms; checksum of the first {total}")
"""


def write_corpus(path: Path, tokens: int) -> None:
    """Write documents of made-up words in Zipf's proportions, about ``tokens`` tokens of them."""
    chance = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    words = ["".join(chance.choices(letters, range(26, 0, -1), k=chance.randint(2, 9))) for _ in range(WORDS)]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    with path.open("w") as file:
        for _ in range(tokens // WORDS_PER_DOCUMENT):
            file.write(json.dumps({"text": " ".join(chance.choices(words, weights, k=WORDS_PER_DOCUMENT))}) + "\n")


def benchmark(directory: Path) -> Path:
    """Write a benchmark whose general corpus is the file ``corpus.jsonl``."""
    smoke = yaml.safe_load(Path(str(load_benchmark("smoke").source.name)).read_text())
    smoke["domains"] = {"corpus": {"use": "files", "path": "corpus.jsonl"}}
    smoke["tokenizer"] |= {"vocab_size": 32_000, "train_on": ["corpus"], "bytes_per_domain": 5_000_000}
    smoke["pretraining"]["corpus"] = "corpus"
    path = directory / "memory.yaml"
    path.write_text(yaml.safe_dump(smoke))
    return path


def run_stages(directory: Path) -> Path:
    """Run the tokenizer and the corpus's tokens stage as a launcher does; return the latter's directory."""
    store, found = Store(directory / "store"), directory
    for node in build_plan(load_benchmark(str(benchmark(directory)))).nodes:
        if node.label not in ("tokenizer", "tokens corpus"):
            continue
        if store.find(node.spec.kind, node.key) is None:
            work = store.open_stage(node.spec)
            subprocess.run([sys.executable, "-m", "earlyexp_bench.worker", str(work)], check=True)
        record = store.record(node.spec.kind, node.key)
        peak = record.environment["peak_memory_bytes"] / 2**20
        print(f"{node.label}: {peak:,.0f} MB at most, {record.seconds:.0f} s")
        print(f"  files { ({name: sha[:12] for name, sha in record.files.items() if 'tokens' in name}) }")
        found = store.directory(node.spec.kind, node.key)
    return found


def main() -> None:
    """Print what each step took at most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=50_000_000)
    parser.add_argument("--directory", type=Path, help="where to work; the corpus there is used again")
    options = parser.parse_args()
    directory = options.directory or Path(tempfile.mkdtemp())
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "corpus.jsonl").exists():
        started = time.perf_counter()
        write_corpus(directory / "corpus.jsonl", options.tokens)
        print(f"corpus written in {time.perf_counter() - started:.0f} s")
    tokens = run_stages(directory)
    wanted = str(options.tokens * 8 // 10)
    subprocess.run([sys.executable, "-c", PACKING, str(tokens), wanted], check=True)


if __name__ == "__main__":
    main()
