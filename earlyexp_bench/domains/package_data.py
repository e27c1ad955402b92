"""Text that another pip package carries: found without importing it, refused when it is not the text we know."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from earlyexp_bench.contracts import UserError


@dataclass(frozen=True)
class DataPackage:
    """Files inside an installed package.

    A newer version of the package serves as well while the files are the same, so it is their hash that is checked.

    Attributes:
        distribution: What pip calls it.
        version: The version whose files ``sha256`` was taken from.
        package: What Python calls it, top level only.
        patterns: Globs of the files, relative to the package's folder.
        sha256: Hash over the files' relative names and bytes, in order of name; 64 hex digits.
    """

    distribution: str
    version: str
    package: str
    patterns: tuple[str, ...]
    sha256: str

    def files(self) -> list[Path]:
        """Return the files in order of their relative names.

        Raises:
            UserError: The package is not installed, or its files are not those of ``version``.
        """
        folder = self.folder()
        found = {path.relative_to(folder).as_posix(): path for p in self.patterns for path in folder.glob(p)}
        paths = [found[name] for name in sorted(found)]
        if _hash_of(folder, paths) != self.sha256:
            raise UserError(
                f"{self.distribution} {self._installed_version()} carries other data than {self.version} did",
                where=", ".join(self.patterns),
                expected=self._install_hint(),
            )
        return paths

    def folder(self) -> Path:
        """Return the package's folder.

        Raises:
            UserError: The package is not installed.
        """
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise UserError(f"{self.distribution} is not installed", expected=self._install_hint())
        return Path(next(iter(spec.submodule_search_locations)))

    def _installed_version(self) -> str:
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return "(of unknown version)"

    def _install_hint(self) -> str:
        return f"`pip install {self.distribution}=={self.version}`"


def _hash_of(folder: Path, paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}\x00{len(content)}\x00".encode())
        total.update(content)
    return total.hexdigest()
