"""What an installed benchmark says of itself, read from its file lightly enough for a list."""

from dataclasses import dataclass
from pathlib import Path

_MOST_BYTES = 1_000_000  # as many as a benchmark may have that is run


@dataclass(frozen=True)
class Heading:
    """Id, version and description as a benchmark's file has them; ``broken`` says why it could not be read."""

    id: str = ""
    version: str = "?"
    description: str = ""
    broken: str = ""


def heading(path: Path) -> Heading:
    """Read the head of a benchmark's file; a broken one is told, not raised."""
    import yaml

    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return Heading(broken=f"{path} is no file of a benchmark")
        said = _scalars(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        return Heading(broken=f"{path}: {' '.join(str(error).split())}")
    missing = [key for key in ("id", "version") if not said.get(key)]
    if missing:
        return Heading(broken=f"{path} has no {' and no '.join(missing)}")
    return Heading(said["id"], said["version"], said.get("description", ""))


def _scalars(text: str) -> dict[str, str]:
    """Return the keys at the top whose values are plain; all of the text is parsed, for what is wrong further down."""
    import yaml

    depth = 0
    top: list[str] = []  # key, value, key, value; what is not plain counts as empty
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            top.append(" ".join(event.value.split()) if isinstance(event, yaml.ScalarEvent) else "")
        depth += isinstance(event, yaml.CollectionStartEvent)
    return dict(zip(top[::2], top[1::2], strict=False))
