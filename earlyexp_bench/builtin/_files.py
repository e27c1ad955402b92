"""Plain files as a domain, split by file or by group."""

from collections.abc import Iterator
from typing import Any

from earlyexp_bench.builtin._readers import read_documents
from earlyexp_bench.builtin._rows import documents_of
from earlyexp_bench.builtin.file_sources import HashedFile, find_files, hashed_files
from earlyexp_bench.builtin.parameters import FilesParams
from earlyexp_bench.contracts import Document, Split


class Files:
    """The documents of plain files, in the order of the files' hashes and of rows within them."""

    def __init__(self, params: FilesParams) -> None:
        self.params = params
        self._files: dict[Split, list[HashedFile]] = {}

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of ``split``: of its own files, or its share of the groups of the train files.

        Raises:
            UserError: A file is missing, unreadable, empty or malformed; the message says where.
        """
        return documents_of(split, self._read, self.params, "files")

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return none: plain files are measured by their held-out loss."""
        return {}

    def _read(self, source: Split) -> Iterator[Document]:
        if source not in self._files:
            self._files[source] = hashed_files(find_files(self.params, source), self.params)
        for file in self._files[source]:
            # A file's group is what is in it: its name would make the splits depend on where the files lie.
            group = file.sha256[:16] if self.params.group_by == "file" else None
            separator = self.params.document_separator
            yield from read_documents(file.path, file.encoding, self.params, separator=separator, group=group)
