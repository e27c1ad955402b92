"""What an evaluator is: something that turns a domain into lm-eval tasks."""

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from earlyexp_bench.contracts.domain import Domain, HeldOut, NoParams, Split


def task_prefix(domain_id: str) -> str:
    """Return a domain's id in the form that task names are built from."""
    return domain_id.replace("/", "_").replace("-", "_")


class EvaluatorDefinition(BaseModel):
    """The light half of an evaluator."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str = Field(description="Name within the distribution; the id is `distribution/name`.")
    version: str = Field(description="Raise it whenever scores may change; part of every key.")
    implementation: str = Field(description='Heavy half as "package._module:Class", imported in the worker.')
    description: str = Field(description="One sentence for `plugins list` and the board.")
    higher_is_better: bool = Field(description="Direction of its metrics.")
    range: tuple[float | None, float | None] = Field(description="Lowest and highest possible score; None: unbounded.")
    splits: tuple[HeldOut, ...] = Field(default=("test",), description="Splits it measures.")
    params: type[BaseModel] = Field(default=NoParams, description="Pydantic model of its parameters.")


class Evaluator(Protocol):
    """The heavy half of an evaluator. Constructed with its validated ``params`` as the only argument."""

    def tasks(self, domain: Domain, name: str, split: Split, max_documents: int | None) -> dict[str, dict[str, Any]]:
        """Return lm-eval task configurations by task name for one domain and split.

        Args:
            domain: The domain's heavy half.
            name: The domain's id with ``/`` and ``-`` replaced by ``_``, to build task names from.
            split: ``validation`` or ``test``.
            max_documents: Use the first so many documents; None for all.

        Returns:
            Configurations with a ``custom_dataset`` callable; empty where the domain has nothing to measure.
        """
        ...
