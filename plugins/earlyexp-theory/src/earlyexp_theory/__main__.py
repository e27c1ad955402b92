"""``python -m earlyexp_theory``: run the study, print its board, and draw it if asked to."""

import argparse
from pathlib import Path

from earlyexp_bench.scoring import Estimate
from earlyexp_theory.study import PIPELINES, RECIPES, Study, run_study

COLUMNS = "{:<10} {:>10} {:>10} {:>27} {:>27}"


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print it."""
    parser = argparse.ArgumentParser(prog="python -m earlyexp_theory", description=__doc__)
    parser.add_argument("--figure", type=Path, help="draw the study into this .png or .svg file")
    figure = parser.parse_args(arguments).figure
    study = run_study()
    for pipeline in PIPELINES:
        print("\n".join(pipeline_lines(study, pipeline)), end="\n\n")
    if figure is not None:
        from earlyexp_theory._figure import write_figure

        print(write_figure(study, figure))


def pipeline_lines(study: Study, pipeline: str) -> list[str]:
    """One pipeline's part of the board as text; losses at the largest stage-3 rate, mean over the seeds."""
    lines = [pipeline, COLUMNS.format("recipe", "immediate", "retained", "Δhypervolume", "gain")]
    for recipe in RECIPES:
        score = study.board.score(recipe, pipeline)
        last = score.whole.points[-1]
        losses = (f"{loss.mean:.4f}" if loss else "–" for loss in (last.immediate, last.retained))
        scores = (_words(score.whole.scores.get(name)) for name in ("hypervolume_difference", "gain"))
        lines.append(COLUMNS.format(recipe, *losses, *scores))
    terms = study.board.terms
    judgement = study.board.score(terms.primary, pipeline).judgement
    assert judgement is not None
    return [*lines, f"{terms.primary} against {terms.reference}: {judgement.word} {judgement.reason}".rstrip()]


def _words(estimate: Estimate | None) -> str:
    return f"{estimate.mean:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]" if estimate else "–"


if __name__ == "__main__":
    main()
