"""Sentences of the page: what the primary contrast came to, what is missing, what a row's state is."""

from earlyexp_bench.leaderboard.numbers import signed
from earlyexp_bench.scoring import Board, Estimate, PipelineScore, Verdict

WORDS = {"better": "better", "worse": "worse", "undecided": "undecided", "none": "no verdict"}


def headline(verdict: Verdict) -> str:
    """The primary contrast on one pipeline in plain words."""
    who, against, measured = verdict.recipe, verdict.reference, with_interval(verdict.estimate)
    if verdict.word in ("better", "worse"):
        return f"{who} is {verdict.word} than {against}: Δhypervolume {measured}."
    if verdict.word == "undecided":
        return f"{who} and {against} cannot be told apart: Δhypervolume {measured}; the interval includes zero."
    said = f" Δhypervolume {measured}." if verdict.estimate else ""
    return f"No verdict on {who} against {against}: {verdict.reason}.{said}"


def with_interval(estimate: Estimate | None) -> str:
    """``+0.083 (95% interval +0.051 to +0.115, 5 seeds)``."""
    if estimate is None:
        return "unknown"
    if estimate.low is None or estimate.high is None:
        return f"{signed(estimate.mean)} (one seed)"
    ends = f"{signed(estimate.low)} to {signed(estimate.high)}"
    return f"{signed(estimate.mean)} (95% interval {ends}, {estimate.n} seeds)"


def summary(board: Board) -> str:
    """All verdicts in one line, e.g. for a page's description."""
    return " ".join(f"{verdict.pipeline}: {headline(verdict)}" for verdict in board.verdicts)


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
    """Marks of a row on one pipeline: (kind, text)."""
    counts = score.counts
    if score.state == "skipped":
        return [("muted", f"cannot run: {score.reason}")]
    found = [("ok" if score.state == "complete" else "warn", f"{score.state} {counts.ran}/{counts.expected}")]
    if counts.failed:
        found.append(("bad", f"{counts.failed} failed"))
    if counts.diverged:
        found.append(("bad", f"{counts.diverged} diverged"))
    if score.sweep_limited:
        found.append(("warn", "sweep-limited"))
    if score.state == "complete" and score.sweep_limited is None:
        found.append(("warn", "beyond the nadir"))
    if score.capped:
        found.append(("warn", f"stage 2 capped in {score.capped}"))
    return found
