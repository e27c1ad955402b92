"""What a data set's card says about its files: configurations, and which files are of which split."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from earlyexp_bench.builtin.formats import Format
from earlyexp_bench.contracts import UserError

CARDS = ("README.md", ".huggingface.yaml")
_SEPARATORS: dict[str, Format] = {",": "csv", "\t": "tsv"}
# What changes nothing of the rows that we read: a row is its columns as they are written.
_WITHOUT_EFFECT = {"config_name", "default", "description", "version", "features", "drop_labels"}


@dataclass(frozen=True)
class Layout:
    """Where the files of one configuration lie.

    Attributes:
        patterns: Globs by split, relative to ``folder``; None: names of files and folders tell splits.
        folder: Relative to the data set.
        table: What separates columns in csv files, as a format; None: their suffix says.
    """

    patterns: dict[str, tuple[str, ...]] | None = None
    folder: str = "."
    table: Format | None = None


def read_layout(directory: Path, config: str | None) -> Layout:
    """Read the card of a data set, in the hub's own form: YAML at the top of ``README.md``.

    Raises:
        UserError: There is no such configuration, or several and none was chosen; the card is not readable, or
            asks for what is not done here.
    """
    where = str(directory / CARDS[0])
    entries = {str(entry.get("config_name")): entry for entry in _configs(directory)}
    if not entries and config in (None, "default"):
        return Layout()
    chosen = config if config is not None else _default(entries)
    if chosen not in entries:
        said = "is no configuration" if config else "several configurations, and none is the default"
        one_of = ", ".join(map(repr, entries)) or "no `config`: the data set has no configurations"
        raise UserError(f"{config!r} {said}" if config else said, where=where, expected=f"`config`: {one_of}")
    return _layout(entries[chosen], f"{where}: configuration {chosen!r}")


def _default(entries: dict[str, dict[str, Any]]) -> str | None:
    if len(entries) == 1:
        return next(iter(entries))
    return next((name for name, entry in entries.items() if name == "default" or entry.get("default")), None)


def _configs(directory: Path) -> list[dict[str, Any]]:
    found: Any = []
    for name in CARDS:
        path = directory / name
        if path.is_file():
            found = _yaml(path).get("configs") or found
    if not isinstance(found, list) or not all(isinstance(entry, dict) and "config_name" in entry for entry in found):
        said = "`configs` is no list of entries with a config_name"
        raise UserError(said, where=str(directory / CARDS[0]), expected="[{config_name: …, data_files: …}, …]")
    return found


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
        written = yaml.safe_load(_front_matter(text) if path.suffix == ".md" else text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        said = f"its YAML cannot be read: {error}"
        raise UserError(said, where=str(path), expected="UTF-8, and YAML between two lines '---' at the top") from error
    return written if isinstance(written, dict) else {}


def _front_matter(text: str) -> str:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[0] != "---" or "---" not in lines[1:]:
        return ""
    return "\n".join(lines[1 : lines.index("---", 1)])


def _layout(entry: dict[str, Any], where: str) -> Layout:
    separator: Any = entry.get("sep", entry.get("delimiter"))
    unknown = sorted(set(entry) - _WITHOUT_EFFECT - {"data_files", "data_dir", "sep", "delimiter"})
    if unknown or separator not in (None, *_SEPARATORS):
        what = f"`{unknown[0]}`" if unknown else f"`sep: {separator!r}`"
        raise UserError(f"{what} is not done here", where=where, expected="data_files, data_dir and sep (',' or a tab)")
    folder = _inside(str(entry.get("data_dir") or "."), where)
    return Layout(_patterns(entry.get("data_files"), where), folder, _SEPARATORS.get(separator))


def _patterns(written: Any, where: str) -> dict[str, tuple[str, ...]] | None:  # noqa: ANN401 - from YAML
    if written is None:
        return None
    items = written if isinstance(written, list) else [written]
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        named = item if isinstance(item, dict) else {"split": "train", "path": item}
        split, paths = named.get("split"), named.get("path")
        listed: list[Any] = paths if isinstance(paths, list) else [paths]
        if not isinstance(split, str) or not all(isinstance(path, str) for path in listed):
            raise UserError(f"`data_files` has {item!r}", where=where, expected="{split: train, path: data/train-*}")
        found[split] = (*found.get(split, ()), *(_inside(path, where) for path in listed))
    return found


def _inside(pattern: str, where: str) -> str:
    path = PurePosixPath(pattern)
    if path.is_absolute() or ".." in path.parts or "://" in pattern or "::" in pattern or pattern.startswith("~"):
        raise UserError(f"{pattern!r} leads out of the data set", where=where, expected="a path inside of it")
    return pattern
