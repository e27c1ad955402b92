"""Run tuning seeds of one design or several, and say how well each measures; no board is written."""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from earlyexp_bench.board.collect import collect_board
from earlyexp_bench.contracts import UserError
from earlyexp_bench.launch import RunObserver, announce, make
from earlyexp_bench.options import Options
from earlyexp_bench.planning import Plan, build_plan
from earlyexp_bench.planning.native import on_this_machine
from earlyexp_bench.planning.prepare import Prepared, load, prepare_plan
from earlyexp_bench.scoring import Precision, precision_of
from earlyexp_bench.spec import LoadedBenchmark
from earlyexp_bench.store import Store

FIRST_SEED = 100  # seeds below decide boards
AS_WRITTEN = "as written"
# A comma before the next key, not one within a value.
_BETWEEN = re.compile(r",(?=[A-Za-z_][^,=\[\]{}]*=)")


@dataclass(frozen=True)
class Design:
    """What is tried.

    Attributes:
        name: For people.
        overrides: ``key=value`` each, on top of those of all designs.
    """

    name: str
    overrides: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Design":
        """Read ``name:key=value,key=value``.

        Raises:
            UserError: It has no name.
        """
        name, _, rest = text.partition(":")
        if not name.strip() or "=" in name:
            wrong = f"--design {text!r} has no name"
            raise UserError(wrong, expected="name:key=value,key=value, e.g. long:posttraining.max_tokens=300K")
        return cls(name.strip(), tuple(part.strip() for part in _BETWEEN.split(rest) if part.strip()))


@dataclass(frozen=True)
class DesignPrecision:
    """How well a design measures, and at what cost.

    Attributes:
        design: Its name, and what it changes.
        precision: From the cells that ran.
        core_minutes: A seed of the reference and the primary recipe takes: training and evaluation, data stages not.
        seeds: That ran.
    """

    design: Design
    precision: Precision
    core_minutes: float | None
    seeds: tuple[int, ...]

    @property
    def figure_of_merit(self) -> float | None:
        """Noise times core-minutes, lower is better; None where one of them is not known."""
        noise = self.precision.noise
        return None if noise is None or self.core_minutes is None else noise * self.core_minutes


@dataclass(frozen=True)
class Tuning:
    """Every design that was tried, and how the runs ended.

    Attributes:
        exit_code: As a run's.
    """

    benchmark: str
    designs: tuple[DesignPrecision, ...]
    exit_code: int


def tune_benchmark(options: Options, designs: Sequence[Design], also: Collection[str], observer: RunObserver) -> Tuning:
    """Run what is missing of the tuning seeds of every design, and say how well each measures.

    Reference and primary recipe run, those of a recipe file, and those named.

    Args:
        options: The benchmark, seeds of 100 and above, and where its stages are kept.
        designs: Each run after the other in one store, so that they share what they have in common.
        also: Further recipes of the benchmark whose rates are looked at.
        observer: Is told of each plan and of what happens.

    Raises:
        UserError: The input is wrong; seeds are not for tuning.
    """
    seeds = _tuning_seeds(options)
    found, exit_code = [], 0
    for design in designs or (Design(AS_WRITTEN),):
        prepared = _prepared(options, design, seeds, also)
        announce(prepared, observer)
        _, ended = make(options, prepared, observer, lambda: None)
        exit_code = max(exit_code, ended)
        changed = bool(options.overrides or design.overrides)
        found.append(DesignPrecision(design, *_measured(prepared, own_levels=changed), seeds))
        if ended:
            break
    return Tuning(options.benchmark, tuple(found), exit_code)


def _tuning_seeds(options: Options) -> tuple[int, ...]:
    expected = f"seeds of {FIRST_SEED} and above that are not the benchmark's own, e.g. --seeds 100-107"
    seeds, own = options.seeds or (), load(options).spec.seeds
    if not seeds:
        raise UserError("tuning names its seeds", expected=expected)
    for seed in seeds:
        if seed < FIRST_SEED or seed in own:
            wrong = f"--seeds names {seed}: seeds that decide a board are not for tuning"
            raise UserError(wrong, expected=expected)
    return seeds


def _prepared(options: Options, design: Design, seeds: Sequence[int], also: Collection[str]) -> Prepared:
    """Plan a design with the tuning seeds as its own: another protocol, so that it is no board of the benchmark's."""
    listed = f"seeds=[{', '.join(map(str, seeds))}]"
    asked = replace(options, overrides=(*options.overrides, *design.overrides, listed), seeds=None)
    loaded = on_this_machine(load(asked))
    plan = build_plan(loaded, recipes=_recipes(loaded, also))
    trained = [node for node in plan.nodes if node.spec.kind != "contamination"]
    return prepare_plan(asked, replace(plan, nodes=trained))


def _recipes(loaded: LoadedBenchmark, also: Collection[str]) -> list[str]:
    scoring, known = loaded.spec.scoring, loaded.spec.recipes
    for name in also:
        if name not in known:
            raise UserError(f"--also names {name!r}, which is no recipe", expected=f"some of {', '.join(known)}")
    wanted = {scoring.reference, scoring.primary, *also}
    return [name for name in known if name in wanted or not loaded.is_own(name)]


def _measured(prepared: Prepared, *, own_levels: bool) -> tuple[Precision, float | None]:
    plan, store = prepared.plan, prepared.store
    terms, cells = collect_board(plan, store)
    scales = {cell.recipe: plan.spec.recipes[cell.recipe].rates_scale for cell in plan.cells}
    return precision_of(terms, cells, scales, own_levels=own_levels), _core_minutes(plan, store)


def _core_minutes(plan: Plan, store: Store) -> float | None:
    """Of a seed; None unless every stage of reference and primary is on record."""
    both = {plan.spec.scoring.reference, plan.spec.scoring.primary}
    stages = {ref.key: ref.kind for cell in plan.cells if cell.recipe in both for ref in cell.stages.values()}
    records = [store.find(kind, key) for key, kind in stages.items()]
    seconds = [record.seconds for record in records if record is not None]
    if not records or len(seconds) < len(records):
        return None
    return math.fsum(seconds) * plan.spec.numerics.cpu_threads / 60 / len(plan.spec.seeds)
