"""The study as one picture: what each stage leaves, losses over λ, fronts with their closed forms."""

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from earlyexp_bench.scoring import Estimate
from earlyexp_theory.closed_forms import retained_loss
from earlyexp_theory.study import PIPELINES, RECIPES, Study, finetune
from earlyexp_theory.tasks import FEATURES

Rows = list[dict[str, Any]]
NAMED_RATE = -2  # which of the rates run the λ curves are shown at
STAGES = ("pretraining", "post-training", "fine-tuning")
DRAWN = ("baseline", "early")
RECIPE_COLOURS = alt.Scale(domain=list(DRAWN), range=["#0072B2", "#D55E00"])
FEATURE_COLOURS = alt.Scale(domain=list(FEATURES), range=["#7d7d7d", "#CC79A7", "#009E73"])
LOSS_COLOURS = alt.Scale(
    domain=["immediate", "retained, contrary", "retained, akin"], range=["#000000", "#D55E00", "#56B4E9"]
)


def write_figure(study: Study, path: Path) -> Path:
    """Draw the study as PNG or SVG, by the ending of ``path``."""
    top = alt.hconcat(*(_strengths(study, recipe) for recipe in DRAWN), _over_exposure(study))
    bottom = alt.hconcat(*(_fronts(study, pipeline) for pipeline in PIPELINES))
    chart = alt.vconcat(
        top.resolve_scale(color="independent"), bottom, background="white", padding=12, spacing=28
    ).resolve_scale(color="independent")
    themed = chart.configure(font="Helvetica, Arial, sans-serif").configure_title(anchor="start", fontSize=13)
    themed.configure_view(stroke=None).save(path, scale_factor=2)
    return path


def _strengths(study: Study, recipe: str) -> alt.Chart:
    seed = study.board.terms.seeds[0]
    upstream, settings = study.upstream[recipe, seed], study.settings
    tuned = finetune(upstream, PIPELINES[0], settings.finetuning_rates[-1], settings)
    rows = [
        {"stage": stage, "feature": feature, "strength": strength}
        for stage, strengths in zip(STAGES, (upstream.pretrained, upstream.posttrained, tuned), strict=True)
        for feature, strength in zip(FEATURES, strengths.tolist(), strict=True)
    ]
    legend = alt.Legend(title=None, orient="bottom", direction="vertical")
    chart = alt.Chart(alt.Data(values=rows), width=210, height=190, title=f"{recipe}: strengths after each stage")
    return chart.mark_line(point=True).encode(
        x=alt.X("stage:N", sort=list(STAGES), title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("strength:Q", scale=alt.Scale(domain=[0, 1.6])),
        color=alt.Color("feature:N", scale=FEATURE_COLOURS, legend=legend),
    )


def _over_exposure(study: Study) -> alt.Chart:
    rate = study.settings.finetuning_rates[NAMED_RATE]
    chart = alt.Chart(
        alt.Data(values=_exposure_rows(study)),
        width=260,
        height=190,
        title=f"target loss over λ (stage-3 rate {rate:g})",
    )
    return chart.mark_line(point=True).encode(
        x=alt.X("fraction:Q", title="λ", axis=alt.Axis(values=list(RECIPES.values()), format=".2f")),
        y=alt.Y("loss:Q", title="target loss"),
        color=alt.Color(
            "kind:N", scale=LOSS_COLOURS, legend=alt.Legend(title=None, orient="bottom", direction="vertical")
        ),
    )


def _exposure_rows(study: Study) -> Rows:
    rows: Rows = []
    for recipe, fraction in RECIPES.items():
        points = {pipeline: study.board.score(recipe, pipeline).whole.points[NAMED_RATE] for pipeline in PIPELINES}
        rows.append({"fraction": fraction, "kind": "immediate", "loss": _mean(points[PIPELINES[0]].immediate)})
        for pipeline, point in points.items():
            kind = f"retained, {pipeline.partition('→')[2]}"
            rows.append({"fraction": fraction, "kind": kind, "loss": _mean(point.retained)})
    return rows


def _mean(estimate: Estimate | None) -> float | None:
    return estimate.mean if estimate else None


def _fronts(study: Study, pipeline: str) -> alt.LayerChart:
    seed = study.board.terms.seeds[0]
    points: Rows = [
        {"recipe": cell.recipe, "x": cell.test.downstream, "y": cell.test.retained}
        for cell in study.cells
        if (cell.pipeline, cell.seed) == (pipeline, seed) and cell.recipe in DRAWN and cell.test
    ]
    curves = [row for recipe in DRAWN for row in _closed_form(study, recipe, pipeline, seed, points)]
    title = f"{pipeline}: points run, lines in closed form"
    base = alt.Chart(width=345, height=230, title=title)
    legend = alt.Legend(title=None, orient="bottom")
    encoding = {
        "x": alt.X("x:Q", title="downstream loss"),
        "y": alt.Y("y:Q", title="retained loss"),
        "color": alt.Color("recipe:N", scale=RECIPE_COLOURS, legend=legend),
    }
    lines = base.mark_line(strokeWidth=1.5, opacity=0.7).encode(**encoding, order="x:Q")
    lines.data = alt.Data(values=curves)
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(**encoding)
    dots.data = alt.Data(values=points)
    return alt.layer(lines, dots)


def _closed_form(study: Study, recipe: str, pipeline: str, seed: int, points: Rows) -> Rows:
    distance = study.upstream[recipe, seed].distance(pipeline)
    highest = max(row["x"] for row in points if row["recipe"] == recipe)
    return [
        {"recipe": recipe, "x": x, "y": retained_loss(x, distance)} for x in np.linspace(0, np.sqrt(highest), 101) ** 2
    ]
