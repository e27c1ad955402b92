"""Data sets of the Hugging Face hub at one commit, or local directories in the hub's layout."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from earlyexp_bench.builtin._readers import read_documents
from earlyexp_bench.builtin._rows import documents_of
from earlyexp_bench.builtin._snapshot import whole_snapshot
from earlyexp_bench.builtin.hub_sources import DataFile, asked_files, data_files, local_directory
from earlyexp_bench.builtin.parameters import HubParams
from earlyexp_bench.contracts import Document, Split


class Hub:
    """The rows of a data set, in its own order. ``HF_HUB_OFFLINE=1`` keeps to what was downloaded before.

    Raises:
        UserError: Neither a commit nor a local directory is given.
    """

    def __init__(self, params: HubParams) -> None:
        self.params = params
        self._directory = local_directory(params)

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``: of its own split of the data set, or its share of the groups of train.

        Raises:
            UserError: The data set, a split or a column is missing; the message names what there is.
        """
        return documents_of(split, self._read, self.params, self.params.dataset)

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return none: a data set is measured by its held-out loss."""
        return {}

    @cached_property
    def _files(self) -> dict[Split, list[DataFile]]:
        directory = self._directory or whole_snapshot(self.params)
        return asked_files(data_files(directory, self.params), self.params)

    def _read(self, source: Split) -> Iterator[Document]:
        for file in self._files[source]:
            yield from read_documents(file.path, file.encoding, self.params, separator="line")
