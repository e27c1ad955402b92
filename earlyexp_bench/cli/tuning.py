"""What `tune` prints: how precisely each design measures, and lines for a benchmark's file; no mean gain, no gap."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from earlyexp_bench.cli.output import print_table

if TYPE_CHECKING:
    from earlyexp_bench.scoring import BaselineLosses, Brackets, PipelinePrecision, RecipeRates
    from earlyexp_bench.tuning import DesignPrecision, Tuning

TUNING_SCHEMA = 1
DIGITS = 3


def tuning_dict(tuning: "Tuning") -> dict[str, Any]:
    """Return everything as JSON values."""
    return {
        "schema_version": TUNING_SCHEMA,
        "benchmark": tuning.benchmark,
        "designs": [asdict(one) | {"figure_of_merit": one.figure_of_merit} for one in tuning.designs],
    }


def print_tuning(tuning: "Tuning") -> None:
    """Print a table of the designs, then of each what its file needs."""
    columns = ["design", "changes", "figure of merit", "SD of gains", "core-minutes a seed", "not converged", "seeds"]
    print_table(
        "Precision of designs: lower is better; no mean gain is told", columns, [_row(one) for one in tuning.designs]
    )
    for one in tuning.designs:
        print(f"\n{one.design.name}")
        for line in _lines(one):
            print(f"  {line}")


def _row(one: "DesignPrecision") -> list[str]:
    precision, merit, minutes = one.precision, one.figure_of_merit, one.core_minutes
    return [
        one.design.name,
        " ".join(one.design.overrides),
        "–" if merit is None else f"{merit:.3g}",
        ", ".join("–" if p.sd is None else f"{p.sd:.3f}" for p in precision.pipelines),
        "–" if minutes is None else f"{minutes:.1f}",
        f"{precision.not_converged} of {precision.runs}",
        str(len(one.seeds)),
    ]


def _lines(one: "DesignPrecision") -> Iterator[str]:
    precision = one.precision
    if precision.tokens:
        yield "stage 2 trained on {:,} to {:,} target tokens".format(*precision.tokens)
    for pipeline in precision.pipelines:
        yield from _of_pipeline(pipeline)
    for rates in precision.recipes:
        yield _of_recipe(rates)


def _of_pipeline(pipeline: "PipelinePrecision") -> Iterator[str]:
    line = f"levels: [{', '.join(f'{level:.{DIGITS}f}' for level in pipeline.line)}]" if pipeline.line else ""
    yield f"{pipeline.pipeline}: {'; '.join(said for said in (line, pipeline.reason) if said)}"
    if pipeline.brackets:
        yield f"  baseline, test and validation: {_bracketed(pipeline.brackets)}"
    if pipeline.losses:
        yield f"  baseline on validation: {_losses(pipeline.losses)}"
        yield from (f"  wrong: {text}" for text in pipeline.losses.shortfalls)


def _losses(losses: "BaselineLosses") -> str:
    general = "–" if losses.pretraining is None else f"{losses.pretraining:.3f}"
    settings = losses.immediate_by_setting
    swept = f" ({', '.join(f'{name}: {loss:.3f}' for name, loss in settings.items())})" if len(settings) > 1 else ""
    return (
        f"L_pre {general} after stage 3, L_im {losses.immediate:.3f}{swept}, L_ft {losses.downstream:.3f}; "
        f"target unigram {losses.unigram:.3f}, bigram {losses.bigram:.3f}, downstream bigram "
        f"{losses.downstream_bigram:.3f}"
    )


def _bracketed(brackets: "Brackets") -> str:
    rates = "no rate" if brackets.rates is None else f"rates {brackets.rates[0]:g} to {brackets.rates[1]:g}"
    if brackets.whole:
        return f"{rates} bracket every level of every seed"
    outside = f"clamped {_shares(brackets.clamped)}, not reached {_shares(brackets.not_reached)}"
    return f"{rates} bracket what can be; {outside}"


def _shares(shares: Iterable[float]) -> str:
    """By level, gentlest first."""
    return " / ".join(f"{share:.0%}" for share in shares)


def _of_recipe(rates: "RecipeRates") -> str:
    if rates.found is None:
        return f"{rates.recipe}: rates_scale not known yet"
    said = {name: _bracketed(found) for name, found in rates.brackets.items() if not found.whole}
    where = "; ".join(f"{name}: {text}" for name, text in said.items())
    moved = "" if rates.found == rates.scale else f", now {rates.scale:g}: tune again with it"
    return f"{rates.recipe}: rates_scale: {rates.found:g}{moved}" + (f" (validation, {where})" if where else "")
