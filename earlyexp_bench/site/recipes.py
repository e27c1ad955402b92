"""What recipes are made of: on the page, and as ``recipes.json`` for programs."""

import json
import re
from typing import Any

from markupsafe import Markup, escape

from earlyexp_bench.scoring import Board, MethodTerms, RecipeTerms

RECIPES_SCHEMA = 1
STAGES = {"pretraining": "pretraining", "posttraining": "post-training", "finetuning": "fine-tuning"}
# A page, an arXiv id (of today's form or of before 2007), a DOI. What ends a sentence ends no address.
ADDRESS = re.compile(
    r"(?P<page>https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}])"
    r"|\barxiv(?:\.org/abs/|:|\s)\s*(?P<arxiv>\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)"
    r"|\bdoi(?:\.org/|:|\s)\s*(?P<doi>10\.\d{4,9}/[^\s<>\"']*[^\s<>\"'.,;:!?)\]}])",
    re.IGNORECASE,
)
BARE_ARXIV = re.compile(r"\d{4}\.\d{4,5}(v\d+)?")


def linked(reference: str) -> Markup:
    """A reference with links where it names a page, an arXiv id or a DOI; everything else is text."""
    if BARE_ARXIV.fullmatch(reference.strip()):
        return _link(f"https://arxiv.org/abs/{reference.strip()}", reference)
    parts, end = [], 0
    for match in ADDRESS.finditer(reference):
        parts += [escape(reference[end : match.start()]), _link(_address(match), match[0])]
        end = match.end()
    return Markup("").join([*parts, escape(reference[end:])])


def parameters(method: MethodTerms) -> list[tuple[str, str, str | None]]:
    """Name, value and, where the value is another, the default (empty where there is none)."""
    return [(name, value_text(value), _default(method, name)) for name, value in method.parameters.items()]


def stage(method: MethodTerms) -> str:
    """Where it acts, in words."""
    return STAGES[method.stage]


def recipes_dict(board: Board) -> dict[str, Any] | None:
    """Every recipe of a board as JSON values; None where none lists a method."""
    recipes = board.terms.recipes
    if not any(recipe.anatomy.methods for recipe in recipes):
        return None
    return {
        "schema_version": RECIPES_SCHEMA,
        "benchmark": board.name,
        "recipes": {recipe.name: _recipe(recipe) for recipe in recipes},
    }


def value_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A parameter as it could stand in a recipe."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _recipe(recipe: RecipeTerms) -> dict[str, Any]:
    methods = [_method(method) for method in recipe.anatomy.methods]
    return {"description": recipe.description, "exposure": recipe.anatomy.exposure, "methods": methods}


def _method(method: MethodTerms) -> dict[str, Any]:
    return {
        "stage": method.stage,
        "id": method.id,
        "version": method.version,
        "package": method.package,
        "package_versions": list(method.package_versions),
        "description": method.description,
        "reference": method.reference,
        "parameters": method.parameters,
        "changed": [name for name in method.parameters if _default(method, name) is not None],
    }


def _default(method: MethodTerms, name: str) -> str | None:
    """None where the parameter has its default, else that, empty where there is none."""
    if name not in method.defaults:
        return ""
    default = method.defaults[name]
    return None if default == method.parameters[name] else value_text(default)


def _address(match: re.Match[str]) -> str:
    if match["page"]:
        return match["page"]
    return f"https://arxiv.org/abs/{match['arxiv']}" if match["arxiv"] else f"https://doi.org/{match['doi']}"


def _link(address: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, text)
