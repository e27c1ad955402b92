"""A component in words."""

from collections.abc import Callable, Iterator
from typing import Any

from earlyexp_bench.contracts.quantity import short_amount
from earlyexp_bench.spec.describe import NOMINAL_TOKENS

_HEAD = ("id", "kind", "version", "distribution", "distribution_version", "description", "parameters", "broken")


def component_lines(about: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what `describe` returned."""
    owner = f"{about['distribution']} {about['distribution_version']}"
    yield f"{about['kind']} {about['id']}, version {about['version']}, of {owner}"
    yield f"  {about['description'] or '(no description)'}"
    if about.get("broken"):
        yield f"  broken: {about['broken']}"
    for name, value in about.items():
        if name not in _HEAD and (words := _words(name, value)):
            yield f"  {name.replace('_', ' '):<22} {words}"
    if "parameters" in about:
        yield from _parameter_lines(about["parameters"])


def _parameter_lines(parameters: Any) -> Iterator[str]:  # noqa: ANN401 - rows, or why there are none
    if not parameters or isinstance(parameters, str):
        yield f"  {'parameters':<22} {parameters or 'none'}"
        return
    yield "  parameters"
    for row in parameters:
        default = "required" if row["required"] else f"default {_text(row['default'])}"
        yield f"    {row['name']}: {row['takes']}; {default}"
        if row["description"]:
            yield f"      {row['description']}"


def _words(name: str, value: Any) -> str:  # noqa: ANN401 - plain data
    if isinstance(value, str):
        return value
    known: dict[str, Callable[[Any], str]] = {"cost": _costs, "needs": _all_needs, "range": _range}
    in_words = known.get(name, _text)
    try:
        return in_words(value)
    except (KeyError, TypeError, ValueError):  # an author's code returned something else
        return _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 - plain data
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _by_stage(values: dict[str, Any], in_words: Callable[[Any], str]) -> str:
    """Say it once where it is the same in all stages."""
    said = {stage: in_words(value) for stage, value in values.items()}
    return said.popitem()[1] if len(set(said.values())) == 1 else _text(said)


def _all_needs(needs: dict[str, Any]) -> str:
    return _by_stage(needs, _needs)


def _needs(needs: dict[str, Any]) -> str:
    said = [f"the {source} tokens of earlier stages" for source in sorted(needs["tokens"])]
    said += [f"what {method} keeps" for method in sorted(needs["sidecars"])]
    return " and ".join(said) or "nothing of earlier stages"


def _costs(costs: dict[str, Any]) -> str:
    return f"at {short_amount(NOMINAL_TOKENS)} tokens: {_by_stage(costs, _cost)}"


def _cost(cost: dict[str, Any]) -> str:
    said = [f"{short_amount(number)} {source} tokens in updates" for source, number in cost["update_tokens"].items()]
    said += [
        f"{short_amount(cost[name])} tokens {words}"
        for name, words in (("forward_tokens", "forward only"), ("backward_tokens", "forward and backward again"))
        if cost[name]
    ]
    if cost["stored_bytes_per_parameter"]:
        said.append(f"{cost['stored_bytes_per_parameter']:g} bytes a parameter beside the weights")
    return ", ".join(said) or "nothing more"


def _range(limits: list[float | None]) -> str:
    low, high = ("unbounded" if limit is None else f"{limit:g}" for limit in limits)
    return f"{low} to {high}"
