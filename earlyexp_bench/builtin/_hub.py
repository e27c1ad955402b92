"""Data sets of the Hugging Face hub at one commit, or local directories in the hub's layout."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from earlyexp_bench.builtin._rows import Row, only, some, to_document
from earlyexp_bench.builtin.domains import HubParams, hash_hub_params
from earlyexp_bench.contracts import Document, Split, UserError


class Hub:
    """The rows of a data set, in its own order. ``HF_HUB_OFFLINE=1`` keeps to what was downloaded before.

    Raises:
        UserError: Neither a commit nor a local directory is given.
    """

    def __init__(self, params: HubParams) -> None:
        hash_hub_params(params)
        self.params = params

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``: of its own split of the data set, or its share of the groups of train.

        Raises:
            UserError: The data set, a split or a column is missing; the message names what there is.
        """
        own: set[Split] = {name for name in ("validation", "test") if getattr(self.params, name)}
        if split in own:
            found = self._read(getattr(self.params, split))
        else:
            found = only(self._read(self.params.train), split, own, self.params)
        yield from some(found, split, self.params.dataset)

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return none: a data set is measured by its held-out loss."""
        return {}

    def _read(self, name: str) -> Iterator[Document]:
        for number, values in enumerate(_load(self.params, name)):
            yield to_document(Row(values, f"{self.params.dataset}: {name} row {number}"), self.params)


def _load(params: HubParams, split: str) -> Any:  # noqa: ANN401 - datasets has no types
    from datasets import load_dataset
    from datasets.exceptions import DatasetGenerationError

    path = Path(params.dataset).expanduser()
    source = str(path) if path.is_dir() else params.dataset
    try:
        return load_dataset(source, params.config, split=split, revision=params.revision)
    except (OSError, ValueError, DatasetGenerationError) as error:
        # FileNotFoundError and ConnectionError, which datasets raises offline, are OSErrors.
        raise UserError(
            f"split {split!r} cannot be loaded: {error}",
            where=f"{params.dataset} at {params.revision or 'this directory'}",
            expected="a data set and a split that exist; without network, one that was downloaded before",
        ) from error
