"""A board and a run's end, as the command line prints them."""

import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from earlyexp_bench.cli.drift import drift_lines
from earlyexp_bench.cli.output import print_error, print_table
from earlyexp_bench.options import Options

if TYPE_CHECKING:
    from earlyexp_bench.board.publish import Results
    from earlyexp_bench.launch import RunResult
    from earlyexp_bench.scoring import Board, Estimate, PipelineScore, Summary
    from earlyexp_bench.site.rows import GainRow


def print_outcome(result: "RunResult", options: Options) -> None:
    """Print what should be known of the results, where the page is, what failed and how to go on."""
    from earlyexp_bench.board.notes import notes_of_board

    for note in notes_of_board(result.results):
        print(note)
    for line in drift_lines(result.statuses):
        print(line)
    print_page(result.results)
    if result.outcome is None and result.exit_code:
        print(f"stopped; go on with: {command_line(options)}")
    elif result.outcome is not None and result.outcome.failed:
        failed, blocked = len(result.outcome.failed), len(result.outcome.blocked)
        print(f"{failed} stages failed, {blocked} wait for them; logs: {options.store / 'failed'}")
        mistakes = result.outcome.mistakes
        print(f"{'mend that, and go on with' if mistakes else 'try them again with'}: {command_line(options)}")
        for reason in dict.fromkeys(failure.reason for failure in mistakes):
            print_error(reason)


def print_page(results: "Results") -> None:
    """Print where the page is, and what the one that lay there had and this one lacks."""
    if results.lost.rows:
        print(f"no longer on the page: {', '.join(results.lost.rows)}; --recipes FILE brings a recipe file's rows back")
    if results.lost.cells:
        print(f"{results.lost.cells} cells that were done on the page before are not in this store; the right --store?")
    print(f"page: {results.page}")


def command_line(options: Options) -> str:
    """The command that goes on with a run."""
    words = ["earlyexp-bench", "run", options.benchmark]
    plain = Options(options.benchmark)
    for name in ("recipes", "workers", "processes", "store", "out"):
        if getattr(options, name) != getattr(plain, name):
            words += [f"--{name}", str(getattr(options, name))]
    if options.seeds:
        words += ["--seeds", ",".join(map(str, options.seeds))]
    for override in options.overrides:
        words += ["--set", override]
    flags = [
        ("--offline", options.offline),
        ("--own-only", options.own_only),
        ("--strict-code", options.strict_code),
    ]
    return shlex.join(words + [flag for flag, wanted in flags if wanted])


def print_board(board: "Board") -> None:
    """Print the primary recipe's verdicts in words and a table for each pipeline."""
    from earlyexp_bench.site import headline
    from earlyexp_bench.site.rows import gain_rows
    from earlyexp_bench.site.wording import evidence, reasons

    print_counts(board)
    for line in _warnings(board):
        print(line)
    for pipeline in board.terms.pipelines:
        compared = gain_rows(board, pipeline.name)
        for row in compared:
            if row.score.recipe == board.terms.primary:
                print(f"{pipeline.name}: {headline(board, row)}")
        reference = _reference_row(board, board.score(board.terms.reference, pipeline.name))
        rows = [reference, *(_row(board, row) for row in compared)]
        _print_rows(f"{pipeline.name}, test split, gains with their own 95% intervals", rows)
        for line in reasons(compared):
            print(line)
    for line in evidence(board.terms):
        print(line)


def _print_rows(title: str, rows: "list[dict[str, str]]") -> None:
    """A table; its pipeline is a column where a program reads it, and in the title for people."""
    columns = [name for name in rows[0] if name != "pipeline" or not sys.stdout.isatty()]
    print_table(title, columns, [[row[name] for name in columns] for row in rows])


def print_counts(board: "Board") -> None:
    """Print how many cells are done and what became of the others; nothing where a board is complete."""
    if board.complete:
        return
    counts = board.counts
    lost = ("diverged", "failed", "missing", "skipped")
    said = ", ".join(f"{number} {word}" for word in lost if (number := getattr(counts, word)))
    print(f"{board.name}: {counts.done} of {counts.expected} cells done, {said}")


def _warnings(board: "Board") -> list[str]:
    from earlyexp_bench.site.contamination import advice, flagged, told
    from earlyexp_bench.site.provenance import parent_lines, software_lines

    overlaps = [(p.name, found) for p in board.terms.pipelines for found in flagged(board.terms, p.name)]
    lines = [f"{pipeline}: contaminated, {told(found)}" for pipeline, found in overlaps]
    lines += advice(found for _, found in overlaps)
    lines += [
        f"{recipe.name}: disqualified, {recipe.disqualified}" for recipe in board.terms.recipes if recipe.disqualified
    ]
    lines += [f"other software than most of {board.terms.reference}'s: {line}" for line in software_lines(board)]
    lines += [f"made from weights that their parents no longer have: {line}" for line in parent_lines(board)]
    return lines


def estimate_text(estimate: "Estimate | None", write: Callable[[float], str] | None = None) -> str:
    """Write an estimate with its interval; a dash where there is none."""
    from earlyexp_bench.site.numbers import ascii_signed, with_interval

    return with_interval(estimate, write or ascii_signed, " (one seed)")


def _seeds(board: "Board", score: "PipelineScore", so_far: "Summary") -> str:
    """Of how many seeds the numbers are that are shown before a row and the reference are complete."""
    from earlyexp_bench.scoring import JUDGED

    whole, all_seeds = len(so_far.seeds), len(board.terms.seeds)
    if score.recipe == board.terms.reference:
        return f"{whole} of {all_seeds} seeds"
    compared = sum(seed.value(JUDGED) is not None for seed in so_far.seeds)
    return f"{compared} of {all_seeds} seeds compared"


def _row(board: "Board", row: "GainRow") -> dict[str, str]:
    """A comparison on one pipeline, by the headings of its columns."""
    from earlyexp_bench.site.numbers import DASH, ascii_signed, interval
    from earlyexp_bench.site.wording import verdict_word

    judged = row.judgement
    said = {
        "recipe": row.label,
        "verdict": verdict_word(board, row),
        "gain (nats)": estimate_text(row.own),
        "board-wide interval": interval(judged.interval, ascii_signed) or DASH,
        "would find": f"{judged.detectable:.3f}" if judged.detectable is not None else DASH,
    }
    beside = dict.fromkeys(_beside(board, row.score), "") if row.control else _beside(board, row.score)
    return {"pipeline": row.score.pipeline, **said, **beside}


def _reference_row(board: "Board", score: "PipelineScore") -> dict[str, str]:
    """The reference, which is compared with nothing."""
    from earlyexp_bench.site.numbers import DASH

    compared = dict.fromkeys(("gain (nats)", "board-wide interval", "would find"), DASH)
    said = {"pipeline": score.pipeline, "recipe": score.recipe, "verdict": "reference"}
    return {**said, **compared, **_beside(board, score)}


def _beside(board: "Board", score: "PipelineScore") -> dict[str, str]:
    """What stands beside the gain, and the state of the row."""
    from earlyexp_bench.scoring import further_scores
    from earlyexp_bench.site.wording import marks, progress

    shown, middle = score.shown, score.shown.middle_point
    further = further_scores(board.terms.metric_version)
    state = [progress(score), *([_seeds(board, score, score.so_far)] if score.so_far else [])]
    state += ["disqualified"] * bool(board.terms.recipe(score.recipe).disqualified)
    return {
        "immediate loss": estimate_text(middle.immediate if middle else None, "{:.3f}".format),
        "pretraining loss, Δ": estimate_text(shown.scores.get("pretraining_difference")),
        **{other.heading: estimate_text(shown.scores.get(other.name)) for other in further},
        "state": ", ".join([*state, *(text for _, text in marks(score))]),
    }
