"""Text that another pip package carries: found without importing it, refused when it is not the text we know."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from earlyexp_bench.contracts import UserError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPILED = "__pycache__"


@dataclass(frozen=True)
class DataPackage:
    """Files inside an installed package.

    A newer version of the package serves as well while the files are the same, so it is their hash that is checked.

    Attributes:
        distribution: What pip calls it.
        version: The version whose files ``sha256`` was taken from.
        package: What Python calls it, top level only.
        patterns: Globs of the files, relative to the package's folder.
        sha256: `hash_package_data` of package and patterns; 64 hex digits.
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
        try:
            found = _files(self.package, self.patterns)
        except UserError as error:
            raise UserError(error.message, where=self._where, expected=self._install_hint()) from error
        if (digest := _hash_of(found)) != self.sha256.lower():
            raise self._other_data(digest)
        return list(found.values())

    def _other_data(self, found: str) -> UserError:
        installed = _installed_version(self.distribution)
        if not _SHA256.fullmatch(self.sha256.lower()):
            what = f"sha256 is {self.sha256!r}, no hash; the files of {self.distribution} {installed} have {found}"
        else:
            what = f"the files of {self.distribution} {installed} have the hash {found}, expected is {self.sha256}"
        again = "--force-reinstall " if installed == self.version else ""
        return UserError(
            what,
            where=self._where,
            expected=f"{self._install_hint(again)}; or, if these are the files that you mean as the domain's author, "
            f'sha256="{found}", and another version of the domain',
        )

    @property
    def _where(self) -> str:
        return f"{self.package}: {', '.join(_listed(self.patterns))}"

    def _install_hint(self, options: str = "") -> str:
        hint = f"`pip install {options}{self.distribution}=={self.version}`"
        brought = packages_distributions()
        owners = sorted(set(brought.get(self.package, [])))
        own = sorted(name for name, by in brought.items() if _same_name(self.distribution) in map(_same_name, by))
        if owners and self.package not in own:
            return f"{hint}, if that is what brings {self.package}: here {' and '.join(owners)} does"
        if own and not owners:
            return f"{hint}; here it brings {' and '.join(own)}, but no {self.package}"
        return hint


def hash_package_data(package: str, patterns: Sequence[str]) -> str:
    """Hash files of an installed package: what `DataPackage` takes as ``sha256``.

    The hash is over the files' relative names and bytes, in order of name; compiled modules do not count.

    Args:
        package: What Python calls it, top level only; it is not imported.
        patterns: Globs of the files, relative to the package's folder.

    Returns:
        64 hex digits.

    Raises:
        UserError: The package is not installed as files, or a pattern matches none.
    """
    return _hash_of(_files(package, patterns))


def _files(package: str, patterns: Sequence[str]) -> dict[str, Path]:
    """Return the files by relative name, in order of name."""
    folders = _folders(package)
    found: dict[str, Path] = {}
    for pattern in _listed(patterns):
        matched = {name: path for folder in reversed(folders) for name, path in _matching(folder, pattern)}
        if not matched:
            raise UserError(
                f"no file of {package} in {_shown(folders)} matches {pattern!r}",
                expected="globs of files relative to the package's folder, such as 'data/*.txt'",
            )
        found |= matched
    if not found:
        raise UserError(f"no pattern says which files of {package} to read", expected="globs such as 'data/*.txt'")
    return {name: found[name] for name in sorted(found)}


def _listed(patterns: Sequence[str]) -> Sequence[str]:
    return [patterns] if isinstance(patterns, str) else patterns  # ("*.txt") without its comma


def _matching(folder: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    if ".." in Path(pattern).parts:
        raise _no_pattern(pattern)
    try:
        paths = list(folder.glob(pattern))
    except (ValueError, NotImplementedError) as error:  # empty, absolute, or with stars where none can be
        raise _no_pattern(pattern) from error
    for path in paths:
        if path.is_file() and _COMPILED not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def _no_pattern(pattern: str) -> UserError:
    return UserError(f"{pattern!r} is no pattern within a package", expected="a glob relative to the package's folder")


def _folders(package: str) -> list[Path]:
    """Return the folders of a package, several for a namespace package, without importing it."""
    if not package.isidentifier():
        raise UserError(f"{package!r} is not the name of a top-level package", expected="what `import` would take")
    spec = None if package == "__main__" else find_spec(package)
    if spec is None:
        raise UserError(f"the package {package} is not installed", expected="its distribution, installed by pip")
    folders = [Path(location) for location in spec.submodule_search_locations or ()]
    if not folders:
        raise UserError(f"{package} is a single module, which carries no files", expected="a package with a folder")
    if not any(folder.is_dir() for folder in folders):
        raise UserError(
            f"{package} lies in {_shown(folders)}, which is no folder", expected="a package that pip unpacked"
        )
    return [folder for folder in folders if folder.is_dir()]


def _hash_of(files: dict[str, Path]) -> str:
    total = hashlib.sha256()
    for name, path in files.items():
        content = path.read_bytes()
        total.update(f"{name}\x00{len(content)}\x00".encode())
        total.update(content)
    return total.hexdigest()


def _installed_version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "(of unknown version)"


def _same_name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _shown(folders: Sequence[Path]) -> str:
    return " and ".join(map(str, folders))
