"""From a name or path, overrides and a recipe file to a validated benchmark."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from earlyexp_bench.contracts import KeyPath, UserError, digest
from earlyexp_bench.contracts.paths import expanded
from earlyexp_bench.hooks import registry
from earlyexp_bench.spec.filled import filled_in
from earlyexp_bench.spec.messages import user_error
from earlyexp_bench.spec.models import Benchmark, RecipeFile
from earlyexp_bench.spec.overrides import overridden
from earlyexp_bench.spec.yaml_source import Source, read_yaml

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class LoadedBenchmark:
    """A benchmark with where each part was written.

    Attributes:
        spec: The validated benchmark, recipes of the recipe file included.
        recipe_sources: Recipe name to the file that says it.
        protocol: ``protocol_hash`` of the benchmark with its own recipes alone.
        changed: What names another protocol under the id and version of a frozen benchmark, be it ``--set`` or a
            changed copy of the file: the first digits of its hash. Empty for the frozen benchmark itself.
        native_instead: Whether ``spec`` has the native instruction set where the benchmark asks for the portable one.
        processes: Ranks that train each stage together; no part of the protocol.
    """

    spec: Benchmark
    source: Source
    recipe_sources: dict[str, Source]
    protocol: str
    changed: str = ""
    native_instead: bool = False
    processes: int = 1

    @property
    def board(self) -> str:
        """``id@version``; a changed protocol gets a board of its own, named by its hash."""
        name = f"{self.spec.id}@{self.spec.version}"
        return f"{name}+{self.changed}" if self.changed else name

    @property
    def unknown_claims(self) -> list[str]:
        """The claims that no plugin here brings; with one of them the protocol is the hash of what is written."""
        return [use.claim for use in self.spec.claims if not registry().has("claim", use.claim)]

    def is_own(self, recipe: str) -> bool:
        """Tell whether a recipe is the benchmark's own, and not from somebody's file."""
        return self.recipe_sources[recipe].name == self.source.name

    def where(self, path: KeyPath) -> str:
        """Say where a key of the benchmark or of a recipe was written, or what set it."""
        if len(path) > 1 and path[0] == "recipes":
            return self.recipe_sources.get(str(path[1]), self.source).where(path)
        return self.source.where(path)


def protocol_hash(spec: Benchmark) -> str:
    """Digest of everything that a recipe file cannot change, the benchmark's own recipes included: 64 hex digits.

    Every default is filled in, those of components included: one that moves makes another protocol. Descriptions and
    notes do not count. A component that is not installed counts as it is written.

    Args:
        spec: The benchmark without anybody else's recipes.
    """
    said = filled_in(spec).model_dump(mode="json", exclude={"description", "notes"})
    for recipe in said["recipes"].values():
        del recipe["description"]
    return digest(said)


def load_benchmark(name: str, *, recipes: Path | None = None, overrides: tuple[str, ...] = ()) -> LoadedBenchmark:
    """Load a benchmark by id or path.

    Args:
        name: Id of an installed benchmark, or path of a YAML file.
        recipes: A file with more recipes for it.
        overrides: ``key=value`` with a dotted key; each changes the protocol.

    Raises:
        UserError: With file, line, key, what is wrong and what would be right.
    """
    source = read_yaml(benchmark_path(name))
    written = _validated(Benchmark, source)
    source = overridden(source, overrides, Benchmark)
    spec = _validated(Benchmark, source) if overrides else written
    _check_family(spec, source)
    sources = dict.fromkeys(spec.recipes, source)
    protocol, changed = _protocol(spec, _frozen(name, written))
    if recipes is not None:
        spec, sources = _with_recipes(spec, sources, read_yaml(recipes))
    return LoadedBenchmark(spec, source, sources, protocol, changed)


def _protocol(spec: Benchmark, frozen: list[Benchmark]) -> tuple[str, str]:
    """Return a benchmark's hash, and its first digits where it is none of those that may go by its name."""
    own = protocol_hash(spec)
    return own, "" if own in map(protocol_hash, frozen) else own[:8]


def benchmark_path(name: str) -> Path:
    """Return the file of a benchmark named by id or path."""
    if _is_path(name):
        return expanded(name)
    return registry().benchmark(name).definition


def _frozen(name: str, written: Benchmark) -> list[Benchmark]:
    """What may go by the id and version of a benchmark: the installed one that has them, else what is written.

    A benchmark that was named by its id is installed itself.
    """
    if not _is_path(name):
        return [written]
    sources = [source for entry in registry().all("benchmark") for source in _readable(entry.definition)]
    ours = written.id, written.version
    same = [source for source in sources if (source.data.get("id"), source.data.get("version")) == ours]
    return [_validated(Benchmark, source) for source in same] or [written]


def _readable(definition: Path) -> list[Source]:
    """An installed benchmark's source; none where it is broken, which whoever asks for it is told."""
    try:
        return [read_yaml(definition)]
    except UserError:
        return []


def _is_path(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _validated(model: type[M], source: Source) -> M:
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise user_error(error, model, source, source.data) from error


def _check_family(spec: Benchmark, source: Source) -> None:
    """A benchmark's own contrasts, the control's among them, have a place each; recipe files take what is left."""
    contrasts = len(spec.recipes) - 1 + (spec.scoring.control is not None)
    if spec.scoring.family < contrasts:
        raise UserError(
            f"a family of {spec.scoring.family} cannot hold the {contrasts} contrasts of the benchmark's own recipes",
            where=source.where(("scoring", "family")),
            expected=f"{contrasts} or more; what is above leaves room for recipes to come",
        )


def _with_recipes(spec: Benchmark, sources: dict[str, Source], added: Source) -> tuple[Benchmark, dict[str, Source]]:
    for key in added.data:
        if key in Benchmark.model_fields and key != "recipes":
            raise UserError(
                f"a recipe file cannot change the protocol of {spec.id}@{spec.version}",
                where=added.where((key,)),
                expected="only `recipes:` here; for another protocol write a benchmark with its own id",
            )
    new = _validated(RecipeFile, added).recipes
    for name in new:
        if name in spec.recipes:
            raise UserError(
                f"the benchmark has a recipe {name!r} already ({sources[name].where(('recipes', name))})",
                where=added.where(("recipes", name)),
                expected="another name",
            )
    merged = replace(added, data={**spec.model_dump(), "recipes": {**spec.recipes, **new}})
    return _validated(Benchmark, merged), {**sources, **dict.fromkeys(new, added)}
