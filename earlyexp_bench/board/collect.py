"""From a plan's cells and the store's records to what scoring reads. Nothing is trained, no artefact is opened."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from earlyexp_bench.board.budget import over_budget
from earlyexp_bench.board.scales import scale_of
from earlyexp_bench.board.task_names import TaskNames
from earlyexp_bench.board.terms import board_terms
from earlyexp_bench.contracts import TRAINING_STAGES, ParentRef, Record, StageFailure, StageKind, StoreError
from earlyexp_bench.contracts.stages import (
    LOSS_NAMES,
    ContaminationOutput,
    EvaluateOutput,
    HeldOut,
    Role,
    SplitScores,
    TokensOutput,
    TrainingOutput,
)
from earlyexp_bench.planning import Cell, Plan
from earlyexp_bench.planning.drift import changed_parents, made_with
from earlyexp_bench.scoring.cells import (
    Answers,
    BoardTerms,
    CellResult,
    Contamination,
    Losses,
    Made,
    PipelineTerms,
    Scales,
)
from earlyexp_bench.store import PublishedRecords, Store

T = TypeVar("T")
WHEN = ("immediate", "retained")


class Records(Protocol):
    """Whatever has records by kind and key: a store, or published records."""

    def find(self, kind: StageKind, key: str) -> Record | None:
        """Return a stage's record, or None."""

    def failure(self, key: str) -> StageFailure | None:
        """Return how a stage last failed, or None."""

    def directory(self, kind: StageKind, key: str) -> Path:
        """Return where a record is, for messages."""


def collect_cells(plan: Plan, records: Records) -> list[CellResult]:
    """Return every cell of a plan, in its order."""
    reader = _Reader(plan, records, None)
    return [reader.result(cell) for cell in plan.cells]


def collect_board(
    plan: Plan, store: Records, published: PublishedRecords | None = None
) -> tuple[BoardTerms, list[CellResult]]:
    """Return what the benchmark fixes, with each axis's units once the data stages have run, and every cell.

    Where the store lacks a stage, its published record stands in.
    """
    reader = _Reader(plan, store, published)
    cells = [reader.result(cell) for cell in plan.cells]
    pipelines = tuple(
        PipelineTerms(
            name=pipeline.name,
            target=pipeline.target,
            downstream=pipeline.downstream,
            test=reader.scales(pipeline.target, pipeline.downstream, "test"),
            validation=reader.scales(pipeline.target, pipeline.downstream, "validation"),
            contamination=reader.contamination(pipeline.name),
            levels=pipeline.levels,
        )
        for pipeline in plan.spec.pipelines
    )
    return board_terms(plan, pipelines, over_budget(plan, cells), cells), cells


def timings(plan: Plan, store: Store) -> dict[str, Any]:
    """Return seconds, hosts and environments of the plan's stages: what may differ between two equal runs.

    A cell's device-seconds are those of its training stages, which other cells may share.
    """
    stages = {}
    for node in plan.nodes:
        if (record := store.find(node.spec.kind, node.key)) is not None:
            stages[node.key] = {
                "kind": node.spec.kind,
                "label": node.label,
                "seconds": record.seconds,
                "environment": record.environment,
            }
    return {"schema_version": 1, "stages": stages, "cells": [_seconds(cell, stages) for cell in plan.cells]}


def _seconds(cell: Cell, stages: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    keys = {stage: cell.stages[stage].key for stage in TRAINING_STAGES if stage in cell.stages}
    seconds = {stage: stages[key]["seconds"] for stage, key in keys.items() if key in stages}
    about = {"recipe": cell.recipe, "pipeline": cell.pipeline, "seed": cell.seed}
    return about | {"sweep": cell.sweep, "output": cell.output, "device_seconds": seconds}


class _Reader:
    def __init__(self, plan: Plan, store: Records, published: PublishedRecords | None) -> None:
        self.plan = plan
        self.store = store
        self.published = published or PublishedRecords({})
        self.nodes = {node.key: node for node in plan.nodes}
        # One record serves many cells: read each once.
        self._find = functools.cache(self._find_once)
        self.made = functools.cache(self._made)
        self.names = TaskNames(plan)
        self.domains = {pipeline.name: plan.spec.domains_of(pipeline) for pipeline in plan.spec.pipelines}

    def scales(self, target: str, downstream: str, split: HeldOut) -> Scales | None:
        found = [self._recorded(self.plan.tokens[name]) for name in (downstream, target)]
        data = [record.output_as(TokensOutput) for record in found if record is not None]
        if len(data) < len(found):
            return None
        return Scales(
            downstream=scale_of(self.plan, data[0], downstream, split),
            retained=scale_of(self.plan, data[1], target, split),
        )

    def contamination(self, pipeline: str) -> tuple[Contamination, ...] | None:
        """Every training text against every test split of a pipeline; None until all have been compared."""
        planned = self.plan.contamination[pipeline]
        found = []
        for (trained, tested), ref in planned.items():
            if (record := self._recorded(ref)) is not None:
                output = record.output_as(ContaminationOutput)
                found.append(Contamination(trained, tested, output.documents, output.twins))
        return tuple(found) if len(found) == len(planned) else None

    def result(self, cell: Cell) -> CellResult:
        found = CellResult(
            cell.recipe, cell.pipeline, cell.seed, cell.sweep, cell.output, status="missing", reason="not run yet"
        )
        if cell.skipped:
            return replace(found, status="skipped", reason=cell.skipped)
        known = {name: record for name, ref in cell.stages.items() if (record := self._recorded(ref)) is not None}
        made = tuple(self.made(_stage(name, cell.stages[name]), cell.stages[name]) for name in known)
        found = replace(found, made=made, **_ledger(cell, known))
        if diverged := next((record for record in known.values() if record.status == "diverged"), None):
            published = self._only_published(diverged)
            return replace(found, status="diverged", reason=diverged.reason, published=published)
        return self._unfinished(found, cell, known) if len(known) < len(cell.stages) else self._done(found, cell, known)

    def _unfinished(self, found: CellResult, cell: Cell, known: Mapping[str, Record]) -> CellResult:
        for name, ref in cell.stages.items():
            if name not in known and (failure := self.store.failure(ref.key)):
                return replace(found, status="failed", reason=f"{name}: {failure.reason}", failure=failure)
        return found

    def _done(self, found: CellResult, cell: Cell, known: Mapping[str, Record]) -> CellResult:
        measured = {when: known[when].output_as(EvaluateOutput) for when in WHEN}
        return replace(
            found,
            status="done",
            reason="",
            published=self._only_published(known["retained"]),
            test=self._losses(cell, measured, "test"),
            validation=self._losses(cell, measured, "validation"),
            metrics=self._on_test(cell, measured, _further),
            answers=self._on_test(cell, measured, _answers),
        )

    def _on_test(
        self, cell: Cell, measured: Mapping[str, EvaluateOutput], part: Callable[[SplitScores], Mapping[str, T]]
    ) -> dict[str, T]:
        """What was measured on test, by ``when/role/name``; domains have the names that the benchmark gives them."""
        domains = self.domains[cell.pipeline]
        return {
            f"{when}/{role}/{self.names.told_apart(name, None if role == 'tasks' else domains[role])}": value
            for when, output in measured.items()
            for role in output.scores
            for name, value in part(output.on(role, "test")).items()
        }

    def _made(self, stage: str, ref: ParentRef) -> Made:
        record = self._recorded(ref)
        assert record is not None
        changed = changed_parents(record, self.nodes[ref.key].spec.parents, self._recorded)
        return Made(stage, made_with(record), changed)

    def _recorded(self, ref: ParentRef) -> Record | None:
        return self._find(ref.kind, ref.key)

    def _find_once(self, kind: StageKind, key: str) -> Record | None:
        return self.store.find(kind, key) or self.published.find(kind, key)

    def _only_published(self, record: Record) -> bool:
        return self.published.by_key.get(record.key) is record

    def _losses(self, cell: Cell, measured: Mapping[str, EvaluateOutput], split: HeldOut) -> Losses:
        domains = self.domains[cell.pipeline]

        def loss(when: str, role: Role) -> float:
            on = self.plan.domains[domains[role]].definition.loss_on
            losses = measured[when].on(role, split).losses
            if on not in losses:
                directory = self.store.directory("evaluate", cell.stages[when].key)
                lacks = f"no {LOSS_NAMES[on]} of {role} on {split}"
                raise StoreError(f"the record in {directory} has {lacks}; delete that folder and run again")
            return losses[on]

        return Losses(
            immediate=loss("immediate", "target"),
            retained=loss("retained", "target"),
            downstream=loss("retained", "downstream"),
            pretraining=loss("retained", "general"),
            immediate_downstream=loss("immediate", "downstream"),
        )


def _stage(name: str, ref: ParentRef) -> str:
    """What a stage is compared as: a checkpoint that was not post-trained is a pretrained one."""
    return name if ref.kind == "evaluate" else ref.kind


def _ledger(cell: Cell, known: Mapping[str, Record]) -> dict[str, Any]:
    """Tokens by source and FLOPs over the training stages that the cell has: one that is left out has no entry."""
    trained = {s: known[s] for s in TRAINING_STAGES if s in known and cell.stages[s].kind == s}
    tokens: Counter[str] = Counter()
    for record in trained.values():
        tokens.update(record.tokens)
    tuned = trained["posttrain"].output if "posttrain" in trained else None
    ended = tuned if isinstance(tuned, TrainingOutput) else None
    return {
        "tokens": dict(sorted(tokens.items())),
        "ledger": {stage: dict(sorted(record.tokens.items())) for stage, record in trained.items()},
        "flops": sum(record.flops for record in trained.values()),
        "stopped": ended.stopped if ended else None,
        "converged": ended.validation.converged if ended and ended.validation else None,
    }


def _answers(scores: SplitScores) -> dict[str, Answers]:
    return {
        task: Answers(tuple(mark == "1" for mark in given.correct), given.chance, given.documents)
        for task, given in scores.answers.items()
    }


def _further(scores: SplitScores) -> dict[str, float]:
    """Everything measured beside the loss of whole documents."""
    return {name: value for name, value in scores.reported.items() if name != LOSS_NAMES["text"]}
