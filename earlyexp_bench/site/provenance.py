"""Lines on rows that were made with other software than the rest, or from weights that were replaced since."""

from collections import defaultdict

from earlyexp_bench.scoring import Board, PipelineScore


def software_lines(board: Board) -> list[str]:
    """Name what is unusual, one line for all rows of a pipeline of which the same can be said."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for score in _scores(board):
        if score.other_software:
            rows[score.pipeline, _differences(score)].append(score.recipe)
    return [f"{', '.join(names)} on {pipeline}: {said}" for (pipeline, said), names in rows.items()]


def parent_lines(board: Board) -> list[str]:
    """Name the rows with cells that were made from other weights than are on record now."""
    return [
        f"{score.recipe} on {score.pipeline}: {score.changed_parents} of {score.counts.expected} cells"
        for score in _scores(board)
        if score.changed_parents
    ]


def _scores(board: Board) -> list[PipelineScore]:
    return [score for row in board.rows for score in row.pipelines]


def _differences(score: PipelineScore) -> str:
    differences = [f"{o.cells} with {o.name} {o.value} (else {o.usual})" for o in score.other_software]
    return f"of {score.counts.expected} cells {', '.join(differences)}"
