"""The one way to open a tokenizer, for training, scoring and the probe alike, and to write it for anyone to open."""

import json
import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

_CONFIG = "tokenizer_config.json"
_NOT_TOKENIZER = ("config.json", "generation_config.json")
# For a few model types AutoTokenizer prefers a class of its own to what tokenizer_config.json names, and that class
# puts other rules in place of tokenizer.json's. Not so where the file speaks of code beside it; there is none to run.
_AS_WRITTEN = {"AutoTokenizer": ["no_code_needed.Tokenizer", "no_code_needed.Tokenizer"]}


def load_tokenizer(directory: Path) -> PreTrainedTokenizerFast:
    """Open a tokenizer exactly as ``tokenizer.json`` describes it; no text becomes a special token.

    ``AutoTokenizer`` asks the model's type as well, and for some types makes another tokenizer than was trained with.
    """
    return PreTrainedTokenizerFast.from_pretrained(directory, local_files_only=True, split_special_tokens=True)


def save_tokenizer(tokenizer: Tokenizer, end_of_text: str, directory: Path) -> None:
    """Write a tokenizer for ``load_tokenizer``: one token begins, ends and pads, and a text that spells it is text."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=end_of_text,
        eos_token=end_of_text,
        pad_token=end_of_text,
        split_special_tokens=True,
    ).save_pretrained(directory)


def export_tokenizer(source: Path, directory: Path) -> None:
    """Put a tokenizer beside a saved model, so that ``AutoTokenizer`` opens there what ``load_tokenizer`` does.

    The model's ``config.json`` is there already: ``AutoTokenizer`` reads it.
    """
    for path in sorted(source.iterdir()):
        if path.is_file() and path.name not in _NOT_TOKENIZER and not path.name.startswith("model"):
            shutil.copyfile(path, directory / path.name)
    _configure(directory, {"split_special_tokens": True})
    if type(AutoTokenizer.from_pretrained(directory, local_files_only=True)) is not PreTrainedTokenizerFast:
        _configure(directory, {"auto_map": _AS_WRITTEN})


def _configure(directory: Path, changes: dict[str, object]) -> None:
    path = directory / _CONFIG
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | changes, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
