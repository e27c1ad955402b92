"""What a board says of its recipes: exposure in words, methods with everything that a reader needs to use them."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from earlyexp_bench.board import anatomy
from earlyexp_bench.board.report import report_benchmark
from earlyexp_bench.options import Options
from earlyexp_bench.scoring import MethodTerms

RECIPES = """
recipes:
  tuned:
    exposure: {fraction: 0.5, mode: replace, placement: late, repeats: 3}
    posttraining: [{use: replay, fraction: 0.02}]
    finetuning: [lora]
  control: {exposure: {fraction: 1, source: general}}
  slower: {rates_scale: 0.5}
"""


@pytest.fixture
def described(options: Options, recorded: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Report a board with the recipes of a file, and give the exposure and the methods of one, and the folder."""

    def describe(recipe: str, environment: dict[str, Any] | None = None) -> tuple[str, tuple[MethodTerms, ...], Path]:
        (tmp_path / "mine.yaml").write_text(RECIPES)
        asked = replace(options, recipes=tmp_path / "mine.yaml")
        recorded(asked, lambda _, fields: fields | {"environment": fields["environment"] | (environment or {})})
        results = report_benchmark(asked)
        found = results.board.terms.recipe(recipe).anatomy
        return found.exposure, found.methods, results.page.parent

    return describe


def test_methods_have_all_their_parameters_and_the_version_that_made_the_row(described: Callable[..., Any]) -> None:
    _, (replay, lora), folder = described("tuned", {"package": "0.0.7"})
    assert (replay.stage, replay.id, replay.package_versions) == ("posttraining", "builtin/replay", ("0.0.7",))
    assert (replay.parameters, replay.defaults) == ({"fraction": 0.02}, {"fraction": 0.01})
    assert lora.parameters == lora.defaults and "rank" in lora.parameters
    assert "arXiv 2106.09685" in lora.reference and lora.description
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "fraction&nbsp;<b>0.02</b> (default 0.01)" in page and "https://arxiv.org/abs/2106.09685" in page
    methods = json.loads((folder / "recipes.json").read_text(encoding="utf-8"))["recipes"]["tuned"]["methods"]
    assert [(method["id"], method["changed"]) for method in methods] == [
        ("builtin/replay", ["fraction"]),
        ("builtin/lora", []),
    ]


def test_exposure_is_said_in_words(described: Callable[..., Any]) -> None:
    said, _, folder = described("tuned")
    assert said == (
        "Pretraining also sees λ = 0.5 of D_post, target data, 3 times, in place of as much general text, in its last "
        "quarter."
    )
    recipes = json.loads((folder / "recipes.json").read_text(encoding="utf-8"))["recipes"]
    assert recipes["baseline"]["exposure"] == "No exposure: pretraining sees no target data."
    assert recipes["control"]["exposure"].startswith(
        "Control: pretraining is longer, by as many general tokens as 1 of"
    )
    assert recipes["slower"]["exposure"].endswith("Stage-3 rates are 0.5 × the benchmark's.")


def test_defaults_that_json_has_not_are_said_in_words() -> None:
    class Params(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True, extra="allow")
        needed: int
        temperature: float = math.inf
        grid: tuple[float, ...] = (1.0, math.nan)
        anything: object = len

    values = anatomy.parameter_values(Params(needed=3, strenght=5))
    assert values == {"needed": 3, "temperature": "inf", "grid": [1.0, "nan"], "anything": str(len), "strenght": 5}
    assert "needed" not in anatomy.parameter_values(Params.model_construct())
    json.dumps(values, allow_nan=False)
