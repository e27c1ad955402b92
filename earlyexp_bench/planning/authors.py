"""What plugins' authors wrote, asked so that their faults are not taken for the user's."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar, cast, get_args

from earlyexp_bench.contracts import Cost, MethodDefinition, Needs, TokenSource, UserError
from earlyexp_bench.hooks import Registered

T = TypeVar("T")


@dataclass(frozen=True)
class Owner:
    """Who answers for a component, and where a benchmark uses it."""

    id: str
    plugin: str
    where: str

    @classmethod
    def of(cls, entry: Registered[Any], where: str) -> "Owner":
        """Return the owner of a registered component."""
        return cls(entry.id, f"{entry.distribution} {entry.distribution_version}", where)

    def fault(self, message: str) -> UserError:
        """Return the error for what only the plugin's author can mend."""
        expected = f"a corrected version of the plugin {self.plugin}; nothing in the benchmark is at fault"
        return UserError(f"{self.id}: {message}", where=self.where, expected=expected)


@dataclass(frozen=True)
class Answer:
    """What a function of an author's must return: in words, and as a test."""

    words: str
    fits: Callable[[Any], bool]


ANYTHING = Answer("anything", lambda value: True)


def located(call: Callable[[], T], where: str) -> T:
    """Add where it was written to a `UserError` that does not know."""
    try:
        return call()
    except UserError as error:
        if error.where:
            raise
        raise UserError(error.message, where=where, expected=error.expected) from error


def asked(owner: Owner, what: str, call: Callable[[], Any], answer: Answer = ANYTHING) -> Any:  # noqa: ANN401 - the author's
    """Call a function of a plugin's, named ``what``.

    Raises:
        UserError: The author's own, with its place; or one that names the plugin, whatever else was raised or returned.
    """
    try:
        answered = located(call, owner.where)
        fits = answer.fits(answered)
    except UserError:
        raise
    except Exception as error:  # whatever an author's code raises is the plugin's fault, and said to be
        raise owner.fault(f"its `{what}` failed with {type(error).__name__}: {error}") from error
    if not fits:
        raise owner.fault(f"its `{what}` returned {answered!r}, not {answer.words}")
    return answered


def guarded(definition: MethodDefinition[Any], owner: Owner) -> MethodDefinition[Any]:
    """Return a method's light half whose functions are called through `asked`."""
    return cast("MethodDefinition[Any]", _Guarded(definition, owner))


class _Guarded:
    """A method's light half but for its functions; those that a later plugin interface adds are guarded too."""

    def __init__(self, definition: MethodDefinition[Any], owner: Owner) -> None:
        self._definition = definition
        self._owner = owner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a definition has
        if name.startswith("_"):  # what copying asks for, before there is a definition
            raise AttributeError(name)
        value = getattr(self._definition, name)
        if not callable(value) or isinstance(value, type):
            return value
        return lambda *arguments: asked(self._owner, name, lambda: value(*arguments), ANSWERS.get(name, ANYTHING))


def _is_amount(value: Any) -> bool:  # noqa: ANN401 - the author's
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _are_needs(value: Any) -> bool:  # noqa: ANN401 - the author's
    return isinstance(value, Needs) and set(value.tokens) <= set(get_args(TokenSource)) and _are_texts(value.sidecars)


def _is_cost(value: Any) -> bool:  # noqa: ANN401 - the author's
    return isinstance(value, Cost) and all(
        map(_is_amount, [*value.update_tokens.values(), value.forward_tokens, value.backward_tokens])
    )


def _are_outputs(value: Any) -> bool:  # noqa: ANN401 - the author's
    named = isinstance(value, tuple) and value and _are_texts(value) and len(set(value)) == len(value)
    return bool(named) and all(name == PurePath(name).name for name in value)


def _are_texts(value: Any) -> bool:  # noqa: ANN401 - the author's
    return not isinstance(value, str) and all(isinstance(text, str) for text in value)


def _are_hashes(value: Any) -> bool:  # noqa: ANN401 - the author's
    return isinstance(value, dict) and _are_texts([*value.keys(), *value.values()])


ANSWERS = {
    "needs": Answer(f"Needs with tokens from {', '.join(get_args(TokenSource))} and ids of methods", _are_needs),
    "cost": Answer("a Cost of finite numbers, none below 0", _is_cost),
    "outputs": Answer("a tuple of different names that can name folders", _are_outputs),
    "lr_scale": Answer("a finite number above 0", lambda value: _is_amount(value) and value > 0),
    "incompatible": Answer("text or None", lambda value: value is None or isinstance(value, str)),
    "hash_inputs": Answer("a dict of texts", _are_hashes),
    "measure_train_bytes": Answer("a number of bytes or None", lambda value: value is None or _is_amount(value)),
}
