"""Sentences of the page: what a contrast came to, what is missing, what a row's state and place are."""

from collections.abc import Sequence

from earlyexp_bench.scoring import (
    JUDGED,
    LEAST_SEEDS,
    Board,
    BoardTerms,
    Contamination,
    Contrast,
    PipelineScore,
    PipelineTerms,
    share_of,
)
from earlyexp_bench.site.numbers import in_words

WORDS = {"better": "better", "worse": "worse", "undecided": "undecided", "none": "no verdict"}


def headline(board: Board, score: PipelineScore) -> str:
    """A row on one pipeline against the reference, in plain words."""
    contrast, who, against = score.contrast, score.recipe, board.terms.reference
    if contrast is None:
        return f"{who} is the reference."
    measured = in_words(contrast.marginal)
    if contrast.word in ("better", "worse"):
        return f"{who} is {contrast.word} than {against}: Δhypervolume {measured}.{_but(board, score)}"
    if contrast.word == "undecided" and earned_nothing(score) and earned_nothing(board.score(against, score.pipeline)):
        return f"{who} and {against} both earn nothing: no point of either is better than the nadir on both axes."
    if contrast.word == "undecided":
        why = contrast.reason or _not_enough(contrast, board.terms.sharing)
        return f"{who} and {against} cannot be told apart: Δhypervolume {measured}; {why}.{could_have_found(score)}"
    said = f" Δhypervolume {measured}." if contrast.marginal else _said_so_far(score)
    return f"No verdict on {who} against {against}: {contrast.reason}.{said}"


def _not_enough(contrast: Contrast, pipelines: int) -> str:
    """Why a primary contrast that was tested is undecided: one may miss zero by itself and not over all pipelines."""
    interval = contrast.marginal
    if interval is None or interval.low is None or interval.high is None or interval.low <= 0 <= interval.high:
        return "the interval includes zero"
    overall = f"over all {pipelines} pipelines p = {contrast.adjusted:.3f}, not below .05"
    return f"that interval is of this pipeline by itself, {overall}"


def _said_so_far(score: PipelineScore) -> str:
    """The difference over the seeds that row and reference both have, where that is not all."""
    difference = score.so_far.scores.get(JUDGED) if score.so_far else None
    return f" So far Δhypervolume {in_words(difference)}." if difference else ""


def earned_nothing(score: PipelineScore) -> bool:
    """Whether no seed of a complete row has a point that is better than the nadir on both axes."""
    return bool(score.whole.seeds) and all(seed.value("hypervolume") == 0.0 for seed in score.whole.seeds)


def verdict_word(board: Board, score: PipelineScore) -> str:
    """The verdict in a word; of a row that is better here and worse elsewhere it says where."""
    worse = elsewhere_worse(board, score)
    return f"{plain_verdict(score)}{f', but worse on {listed(worse)}' if worse else ''}"


def tested(score: PipelineScore) -> bool:
    """Whether a test was made of a row on this pipeline: only then may its place beside zero say something."""
    contrast = score.contrast
    return contrast is not None and contrast.word != "none" and not contrast.reason


def decided(score: PipelineScore) -> bool:
    """Whether a test of a row on this pipeline found a difference."""
    return score.contrast is not None and score.contrast.word in ("better", "worse")


def plain_verdict(score: PipelineScore) -> str:
    """The verdict on this pipeline alone: to be shown only beside ``elsewhere_worse``."""
    contrast = score.contrast
    if contrast is None:
        return "reference"
    if contrast.word == "undecided" and contrast.reason:
        return "not tested"
    return WORDS[contrast.word]


def reasons(scores: Sequence[PipelineScore]) -> list[str]:
    """Why rows have no verdict or are not tested: one line for each reason, with the rows it is about."""
    rows: dict[str, list[str]] = {}
    for score in scores:
        if score.contrast and score.contrast.reason:
            rows.setdefault(score.contrast.reason, []).append(score.recipe)
    # A reason that is about one row begins with its name, be it that row's own or the reference's.
    about = tuple(f"{score.recipe} " for score in scores)
    return [
        f"{reason}." if reason.startswith(about) else f"{', '.join(names)}: {reason}." for reason, names in rows.items()
    ]


def elsewhere_worse(board: Board, score: PipelineScore) -> tuple[str, ...]:
    """Pipelines in which a row is worse that is better in this one."""
    better = score.contrast is not None and score.contrast.word == "better"
    return board.row(score.recipe).judged("worse") if better else ()


def could_have_found(score: PipelineScore) -> str:
    """How large a difference would have been found: what an undecided contrast says at most."""
    contrast = score.contrast
    if contrast is None or contrast.marginal is None or not contrast.detectable:
        return ""
    return f" {contrast.marginal.n} seeds could have found a difference of ±{contrast.detectable:.3f} (80% power)."


def level(terms: BoardTerms) -> str:
    """What a pipeline may spend of the board's 5%: ``5%`` where there is one, ``1.25%`` of four."""
    return f"{100 * share_of(terms.sharing):.3g}%"


def rules(terms: BoardTerms) -> str:
    """Which rows are judged, and how."""
    several = ", pipeline by pipeline" if len(terms.pipelines) > 1 else ""
    where = f" on each of {terms.sharing} pipelines, which share 5%" if terms.sharing > 1 else several
    said = (
        f"The primary contrast, {terms.primary} against {terms.reference}, is named by the benchmark's file and tested "
        f"first, at {level(terms)}{where}. "
    )
    if len(terms.seeds) < LEAST_SEEDS:
        return f"{said}With fewer than {LEAST_SEEDS} seeds no other row gets a verdict."
    return (
        f"{said}Only where it is significant are other rows tested, by Holm at {level(terms)} in a family of "
        f"{terms.family} contrasts that was fixed with the version."
    )


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
        (score.counts.failed, "bad", f"{score.counts.failed} failed"),
        (score.counts.diverged, "bad", f"{score.counts.diverged} diverged"),
        (score.not_converged, "warn", f"{score.not_converged} not converged"),
        (score.sweep_limited, "warn", "sweep-limited"),
        (score.open_ended, "muted", "open-ended"),
        (score.state == "complete" and score.sweep_limited is None, "warn", "beyond the nadir"),
        (score.other_software, "warn", "other software"),
        (score.changed_parents, "warn", "parents changed"),
    ]
    return [(kind, text) for holds, kind, text in said if holds]


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _but(board: Board, score: PipelineScore) -> str:
    worse = elsewhere_worse(board, score)
    return f" But it is worse on {listed(worse)}." if worse else ""
