"""Methods that are each broken in one way. `EXPECTED` names the check that must catch it; None: it is sound."""

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_serializer
from typing_extensions import TypedDict

from earlyexp_bench.contracts import Cost, MethodDefinition, Needs
from earlyexp_bench.hooks import hookimpl

EXPECTED = {
    "sound-penalty": None,
    "sound-adapter": None,
    "sound-average": None,
    "sound-outputs": None,
    "sound-two-passes": None,
    "sound-rates": None,
    "unknown-rate": "method-runs",
    "rates-by-clock": "method-same-bits",
    "draws-in-rates": "method-shared-state",
    "sound-own-rows": None,
    "sound-looks-first": None,
    "sound-temporary": None,
    "raises": "method-runs",
    "refuses": "method-runs",
    "ends-its-process": "method-runs",
    "freezes-all": "method-trains",
    "never-applies": "method-trains",
    "no-weight": "method-trains",
    "no-rate": "method-trains",
    "rate-is-zero": "method-trains",
    "trains-a-copy": "method-trains",
    "unused-adapter": "method-trains",
    "puts-start-back": "method-trains",
    "gives-start": "method-trains",
    "moves-what-is-frozen": "method-trains",
    "unmerged": "method-keeps",
    "left-in": "method-keeps",
    "hook-left-in": "method-keeps",
    "tied-head": "method-keeps",
    "other-outputs": "method-keeps",
    "not-plain": "method-keeps",
    "fresh-entropy": "method-same-bits",
    "clock": "method-same-bits",
    "hash-of-a-name": "method-same-bits",
    "counts-runs": "method-same-bits",
    "forgets-average": "method-resumes",
    "forgets-count": "method-resumes",
    "more-data": "method-budget",
    "longer": "method-budget",
    "two-updates": "method-budget",
    "own-optimizer": "method-budget",
    "undeclared-pass": "method-budget",
    "undeclared-teacher": "method-budget",
    "rows-in-step": "method-budget",
    "rows-in-penalty": "method-budget",
    "rows-kept-from-prepare": "method-budget",
    "rows-through-decoder": "method-budget",
    "home-cache": "method-surroundings",
    "package-cache": "method-surroundings",
    "temporary-cache": "method-surroundings",
    "shelf": "method-surroundings",
    "compiled-cache": "method-surroundings",
    "cache-by-program": "method-surroundings",
    "cache-by-thread": "method-surroundings",
    "shared-memory": "method-surroundings",
    "asks-for-user": "method-surroundings",
    "asks-for-language": "method-surroundings",
    "environment-channel": "method-shared-state",
    "state-on-class": "method-same-bits",
    "cache-by-seed": "method-same-bits",
    "network-urllib": "method-network",
    "network-requests-swallowed": "method-network",
    "network-socket-in-import": "method-network",
    "seeds-torch": "method-shared-state",
    "seeds-torch-in-forward": "method-shared-state",
    "seeds-numpy": "method-shared-state",
    "seeds-python-in-import": "method-shared-state",
    "draws-in-penalty": "method-shared-state",
    "seeds-python-in-cost": "method-shared-state",
    "default-dtype": "method-shared-state",
    "grad-mode": "method-shared-state",
    "evaluation-mode": "method-shared-state",
    "changes-batch": "method-inputs",
    "changes-order": "method-inputs",
    "changes-parameters": "method-inputs",
    "changes-start": "method-inputs",
    "changes-weights": "method-inputs",
    "changes-weights-at-first": "method-inputs",
    "changes-parameters-at-first": "method-inputs",
    "changes-parameters-in-step": "method-inputs",
    "leaves-gradients": "method-inputs",
    "version-by-hash": "method-same-key",
    "cost-by-clock": "method-same-key",
    "version-by-folder": "method-same-key",
    "cost-by-hash": "method-same-key",
    "undescribed": "method-descriptions",
    "undescribed-inside": "method-descriptions",
    "unordered": "method-json",
    "rounds-parameters": "method-json",
    "hides-parameters": "method-json",
    "no-example": "method-json",
}


class Undescribed(BaseModel):
    strength: float = 0.1


class Rounds(BaseModel):
    strength: float = Field(default=0.1, description="Weight of the penalty.")

    @field_serializer("strength")
    def _short(self, strength):
        return round(strength, 2)


class Hides(BaseModel):
    strength: float = Field(default=0.1, description="Weight of the penalty.", exclude=True)


@dataclass
class Inside:
    depth: int = 1


class Item(TypedDict):
    width: int


class UndescribedInside(BaseModel):
    strength: float = Field(default=0.1, description="Weight of the penalty.")
    inside: Inside = Field(default=Inside(), description="A data class.")
    items: list[Item] = Field(default=[], description="Typed dictionaries.")


class Unordered(BaseModel):
    strength: float = Field(default=0.1, description="Weight of the penalty.")
    names: frozenset[str] = Field(default=frozenset(), description="Names.")


class NoExample(BaseModel):
    strength: float = Field(description="Weight of the penalty.")


class WithList(BaseModel):
    strength: float = Field(default=0.1, description="Weight of the penalty.")
    layers: list[int] = Field(default=[0, 1], description="Layers.")


class WithExample(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"strength": 0.1}]})
    strength: float = Field(ge=0, description="Weight of the penalty.")


LOOK_ROWS = 20
ROWS = ("rows-in-step", "rows-in-penalty", "rows-kept-from-prepare", "rows-through-decoder")
WITH_GENERAL = ("more-data", "longer", "sound-own-rows", "sound-looks-first", *ROWS)
WITH_OUTPUTS = ("sound-outputs", "changes-start", "other-outputs", "gives-start")


class Definition(MethodDefinition[BaseModel]):
    version = "1"
    stages = frozenset({"finetune"})
    description = "One defect."
    Params = WithExample

    def __init__(self, name):
        self.name = name
        words = "".join(word.title() for word in name.split("-"))
        module = "_import" if name.endswith("-in-import") else "_method"
        module = "_import_seeds" if name == "seeds-python-in-import" else module
        self.implementation = f"earlyexp_broken_methods.{module}:{words}"
        if name == "version-by-hash":
            self.version = str(hash("a word") % 10_000)
        if name == "version-by-folder":
            self.version = Path.cwd().name
        if name in ("more-data", "sound-own-rows", "sound-looks-first") or name.startswith("rows-"):
            self.stages = frozenset({"posttrain"})
        if name == "state-on-class":
            self.stages = frozenset({"posttrain", "finetune"})
        self.Params = PARAMS.get(name, WithExample)

    def needs(self, params, stage):
        return Needs(tokens=frozenset({"general"} if self.name in WITH_GENERAL else ()))

    def cost(self, params, planned):
        passes = planned.tokens if self.name == "sound-two-passes" or self.name.startswith("rows-") else 0
        passes = time.time_ns() if self.name == "cost-by-clock" else passes
        passes = int(next(iter({"1", "2"}))) if self.name == "cost-by-hash" else passes
        if self.name == "seeds-python-in-cost":
            random.seed(0)
        updates = {"general": planned.tokens // 4} if self.name == "sound-own-rows" else {}
        looks = LOOK_ROWS * 32 if self.name == "sound-looks-first" else 0
        return Cost(updates, backward_tokens=passes + looks)

    def outputs(self, params):
        return ("half", "whole") if self.name in WITH_OUTPUTS else ("final",)

    def lr_scale(self, params):
        return 0.0 if self.name == "no-rate" else 1.0

    def incompatible(self, params, cell):
        return "it never can" if self.name == "refuses" else None


PARAMS = {
    "undescribed": Undescribed,
    "undescribed-inside": UndescribedInside,
    "unordered": Unordered,
    "changes-parameters-at-first": WithList,
    "changes-parameters-in-step": WithList,
    "rounds-parameters": Rounds,
    "hides-parameters": Hides,
    "no-example": NoExample,
}


@hookimpl
def register_methods(register):
    for name in os.environ.get("BROKEN_ONLY", " ".join(EXPECTED)).split():
        register(Definition(name))
