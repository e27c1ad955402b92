"""What the light halves share."""

from pydantic import BaseModel, ConfigDict

from earlyexp_bench.contracts import CellContext, TrainingStage

TUNING: frozenset[TrainingStage] = frozenset({"posttrain", "finetune"})
ADAPTERS = frozenset({"builtin/lora", "mitigations/oplora", "mitigations/olora"})
# transformers keeps the matrices of these in modules that are not linear layers.
WITHOUT_LINEAR = frozenset({"gpt2", "gpt_bigcode", "openai-gpt"})


class Params(BaseModel):
    """Base of all parameters: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def beside(cell: CellContext, others: frozenset[str], why: str) -> str | None:
    """Return ``why`` with the names of those of ``others`` that the stage lists as well, or None."""
    found = [method for method in cell.methods if method in others]
    return f"{why} ({' and '.join(found)})" if found else None


def later(cell: CellContext, method: str, others: frozenset[str]) -> list[str]:
    """Return those of ``others`` that the stage lists after ``method``."""
    place = cell.methods.index(method)
    return [other for other in cell.methods[place:] if other in others]
