"""Sentences of the page: what a row came to, what is missing, what a row's state and marks are."""

from collections.abc import Sequence

from earlyexp_bench.scoring import Board, BoardTerms, Contamination, PipelineScore, PipelineTerms
from earlyexp_bench.scoring.judgements import Judgement
from earlyexp_bench.site.numbers import board_wide, in_words, plain
from earlyexp_bench.site.rows import GainRow


def headline(board: Board, row: GainRow) -> str:
    """A row on one pipeline against what it is compared with, in plain words."""
    judged, who = row.judgement, row.score.recipe
    against = f"the control {judged.against}" if row.control else judged.against
    if judged.word == "none" or row.own is None:
        return f"No verdict on {who} against {against}: {judged.reason}.{_so_far(row)}"
    measured = f"{retains(row.own.mean)} ({board_wide(judged.interval)})"
    if row.decided:
        return f"{who} is {judged.word} than {against}: at equal downstream loss it {measured}.{_but(board, row)}"
    said = f"{who} and {against} are not told apart: at equal downstream loss {who} {measured}"
    return f"{said}.{could_have_found(row)}"


def retains(gain: float) -> str:
    """``retains 0.312 nats more``."""
    size = plain(abs(gain), 3)
    return f"retains {size} nats {'more' if gain >= 0 else 'less'}"


def could_have_found(row: GainRow) -> str:
    """How large a difference would have been found: what *not told apart* says at most."""
    if row.own is None or row.judgement.detectable is None:
        return ""
    size = plain(row.judgement.detectable, 3)
    return f" With these {row.own.n} seeds a difference of {size} nats would be found in 80% of cases."


def verdict_word(board: Board, row: GainRow) -> str:
    """The verdict in a word; of a row that is better here and worse elsewhere it says where."""
    worse = elsewhere_worse(board, row)
    return f"{word_of(row.judgement)}{f', but worse on {listed(worse)}' if worse else ''}"


def word_of(judgement: Judgement) -> str:
    """``better``, ``worse``, ``not told apart`` or ``no verdict``."""
    return "no verdict" if judgement.word == "none" else judgement.word


def elsewhere_worse(board: Board, row: GainRow) -> tuple[str, ...]:
    """Pipelines in which a row is worse than the reference that is better in this one."""
    if row.control or row.judgement.word != "better":
        return ()
    others = board.row(row.score.recipe).pipelines
    return tuple(score.pipeline for score in others if score.judgement and score.judgement.word == "worse")


def reasons(rows: Sequence[GainRow]) -> list[str]:
    """Why rows have no verdict: one line for each reason, with the rows it is about."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if reason := row.judgement.reason:
            # A reason may begin with the row's own name; those of several rows are then one.
            found.setdefault(reason.removeprefix(f"{row.label} is "), []).append(row.label)
    several = len(rows) > 2
    return [
        f"{'All rows' if several and len(names) == len(rows) else ', '.join(names)}: {reason}."
        for reason, names in found.items()
    ]


def detectable(board: Board, rows: Sequence[GainRow]) -> str:
    """Which differences these seeds would find, of the primary recipe and of the others; empty before there is one."""
    known = [(row, row.judgement.detectable) for row in rows if row.judgement.detectable is not None]
    primary = [plain(size, 3) for row, size in known if row.score.recipe == board.terms.primary and not row.control]
    others = [size for row, size in known if row.score.recipe != board.terms.primary or row.control]
    said = [f"of {primary[0]} nats of {board.terms.primary}"] if primary else []
    said += [f"of {_between(others)} nats of the other rows"] if others else []
    return f"With these seeds a difference {', and '.join(said)} would be found in 80% of cases." if said else ""


def _between(sizes: Sequence[float]) -> str:
    ends = [plain(size, 3) for size in (min(sizes), max(sizes))]
    return " to ".join(dict.fromkeys(ends))


def rules(terms: BoardTerms) -> str:
    """Which interval is the verdict."""
    return (
        "A row is better or worse where its board-wide interval lies above or below zero. These intervals hold for "
        f"all {terms.family} places on {_pipelines(terms)} at once with 95%, so a row that joins "
        "later changes no verdict."
    )


def evidence(terms: BoardTerms) -> list[str]:
    """Which pipelines are not independent of each other."""
    targets: dict[str, list[str]] = {}
    for pipeline in terms.pipelines:
        targets.setdefault(pipeline.target, []).append(pipeline.name)
    return [
        f"{listed(names)} share stages 1 and 2, so together they are one piece of evidence."
        for names in targets.values()
        if len(names) > 1
    ]


def levels_text(pipeline: PipelineTerms, reference: str) -> str:
    """At which downstream losses rows are compared, and where these come from."""
    if pipeline.levels is None:
        reason = pipeline.levels_reason.removeprefix("no levels: ")
        return f"There are no levels to compare at{f': {reason}' if reason else ' yet'}."
    numbers = ", ".join(plain(level) for level in pipeline.levels)
    source = {
        "benchmark": "frozen by the benchmark",
        "reference": f"taken from {reference}'s mean curve on this board, since the benchmark freezes none",
    }
    return f"Compared at downstream losses of {numbers} nats, {source[pipeline.levels_from]}."


def _pipelines(terms: BoardTerms) -> str:
    return f"each of {len(terms.pipelines)} pipelines" if len(terms.pipelines) > 1 else "the pipeline"


def _so_far(row: GainRow) -> str:
    """The gain over the seeds that row and reference both have, where there is no verdict."""
    return f" So far its gain is {in_words(row.own)}." if row.own and row.score.so_far else ""


def _but(board: Board, row: GainRow) -> str:
    worse = elsewhere_worse(board, row)
    cost = " It comes at a cost in general loss." if row.judgement.at_a_cost else ""
    return f"{cost}{f' But it is worse on {listed(worse)}.' if worse else ''}"


def contaminated(terms: BoardTerms, pipeline: PipelineTerms) -> list[Contamination] | None:
    """What is above the threshold on one pipeline; None where it was not measured."""
    if pipeline.contamination is None:
        return None
    return [overlap for overlap in pipeline.contamination if overlap.share > terms.contamination_threshold]


def flag(terms: BoardTerms, pipeline: PipelineTerms) -> bool | None:
    """Whether a pipeline is contaminated; None where it was not measured."""
    overlaps = contaminated(terms, pipeline)
    return None if overlaps is None else bool(overlaps)


def missing(board: Board) -> list[str]:
    """What an incomplete board lacks, one line for each recipe and pipeline."""
    lines = []
    for row in board.rows:
        for score in row.pipelines:
            if score.state == "incomplete":
                counts = score.counts
                lines.append(
                    f"{row.recipe} on {score.pipeline}: {counts.ran} of {counts.expected} cells; {score.reason}"
                )
    return lines


def tags(score: PipelineScore) -> list[tuple[str, str]]:
    """State and marks of a row on one pipeline: (kind, text)."""
    if score.state == "skipped":
        return [("muted", f"cannot run: {score.reason}")]
    return [("ok" if score.state == "complete" else "warn", progress(score)), *marks(score)]


def progress(score: PipelineScore) -> str:
    """``complete 20/20``: the state of a row, and how many of its cells ran."""
    return f"{score.state} {score.counts.ran}/{score.counts.expected}"


def marks(score: PipelineScore) -> list[tuple[str, str]]:
    """What is to be known of a row on one pipeline beside its state: (kind, text)."""
    said = [
        (score.judgement and score.judgement.at_a_cost, "bad", "at a cost in general loss"),
        (score.counts.failed, "bad", f"{score.counts.failed} failed"),
        (score.counts.diverged, "bad", f"{score.counts.diverged} diverged"),
        (score.flagged, "warn", score.flagged.removeprefix("is ")),
        (score.mend, "warn", f"rates_scale: {score.mend:g} would mend it" if score.mend else ""),
        (score.selects_on_validation, "muted", "selects on validation"),
        (score.oracle, "muted", "oracle"),
        (score.not_converged, "warn", f"{score.not_converged} not converged"),
        (score.other_software, "warn", "other software"),
        (score.changed_parents, "warn", "parents changed"),
    ]
    return [(kind, text) for holds, kind, text in said if holds]


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
