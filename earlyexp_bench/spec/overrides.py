"""``--set key=value``: a benchmark's data with some values replaced, which remember what set them."""

import copy
from dataclasses import replace
from typing import Any

from earlyexp_bench.contracts import UserError
from earlyexp_bench.spec.messages import nearest
from earlyexp_bench.spec.yaml_source import KeyPath, Source, parse_yaml


def overridden(source: Source, overrides: tuple[str, ...]) -> Source:
    """Return a benchmark's source with ``key=value`` applied in order; keys are dotted, lists take numbers.

    Raises:
        UserError: Not ``key=value``, the value is not YAML, or the key leads nowhere.
    """
    data: dict[str, Any] = copy.deepcopy(source.data)
    settings: dict[KeyPath, str] = {}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise UserError(f"--set {override!r} is not key=value", expected="e.g. --set finetuning.tokens=20K")
        setting = f"--set {override}"
        path = _assign(data, key.split("."), parse_yaml(f"value: {text}", setting).data["value"], override)
        settings.pop(path, None)  # the last one comes last
        settings[path] = setting
    return replace(source, data=data, settings=settings)


def _assign(data: Any, keys: list[str], value: Any, override: str) -> KeyPath:  # noqa: ANN401 - YAML data
    path: list[str | int] = []
    for position, key in enumerate(keys):
        last = position == len(keys) - 1
        if isinstance(data, list) and key.isdigit() and int(key) < len(data):
            index: Any = int(key)
        elif isinstance(data, dict) and (key in data or last):
            index = key
        else:
            known = [str(k) for k in data] if isinstance(data, dict) else [f"0 to {len(data) - 1}"]
            raise UserError(f"--set {override!r}: there is no {key!r}", expected=nearest(key, known))
        path.append(index)
        if last:
            data[index] = value
        else:
            data = data[index]
    return tuple(path)
