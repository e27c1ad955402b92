"""Runs the stage in one directory, from its ``stage.json`` to its record in the store."""

import contextlib
import importlib
import os
import shutil
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from earlyexp_bench.contracts import Diverged, Record, StageFailure, StageSpec, StoreError, UserError
from earlyexp_bench.contracts.failure import MENDABLE
from earlyexp_bench.contracts.files import file_sha256
from earlyexp_bench.contracts.numerics import Numerics
from earlyexp_bench.contracts.stage import OUTPUTS
from earlyexp_bench.stages.context import Report, StageContext, StageResult
from earlyexp_bench.store import Store, write_failure
from earlyexp_bench.worker.environment import environment
from earlyexp_bench.worker.lease import exclusive
from earlyexp_bench.worker.progress import ProgressFile

DONE, CRASHED = 0, 1
# What an interrupted run may leave for the next one; anything else it left is half written.
KEPT = {"stage.json", "log.txt", "checkpoint"}


def run_directory(directory: Path) -> int:
    """Run the stage in ``STORE/work/KEY`` and commit it; return 0, or 1 if it crashed, or 2 for what the user can mend.

    Everything printed goes to ``log.txt`` in the directory. A crash also leaves ``error.json``.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        print(f"{directory} is not a stage directory", file=sys.stderr)
        return MENDABLE
    _log_to(directory / "log.txt")
    try:
        spec = read_spec(directory)
        store = Store(directory.parent.parent)
        if _main_rank():
            _run_alone(directory, spec, store)
        else:
            _result(directory, spec, store, report=lambda progress: None)  # the first of several ranks reports
    except Exception as error:  # noqa: BLE001 - whatever it is, the log and the exit code say so
        return _report_crash(directory, error)
    return DONE


def read_spec(directory: Path) -> StageSpec:
    """Read a stage directory's ``stage.json``.

    Raises:
        UserError: There is none, or it is not that of this directory.
    """
    path = directory / "stage.json"
    expected = "a directory that `Store.open_stage` made, STORE/work/KEY"
    try:
        spec = StageSpec.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(f"cannot be read: {error}", where=str(path), expected=expected) from error
    if spec.key != directory.name:
        raise UserError(f"describes the stage {spec.key}", where=str(path), expected=expected)
    return spec


def _run_alone(directory: Path, spec: StageSpec, store: Store) -> None:
    with exclusive(store, spec):
        replaces = spec.runtime.replaces
        if store.usable(spec.kind, spec.key, unwanted=replaces):
            return  # another worker finished it while we waited
        started = time.monotonic()
        _clean(directory)
        result = _result(directory, spec, store, ProgressFile(directory / "progress.json"))
        store.commit(directory, _record(directory, spec, store, result, time.monotonic() - started), replaces=replaces)


def _result(directory: Path, spec: StageSpec, store: Store, report: Report) -> StageResult:
    _choose_kernels(spec)
    run = importlib.import_module(f"earlyexp_bench.stages.{spec.kind}").run
    try:
        result = run(StageContext(directory, spec, store, report))
    except Diverged as error:
        return StageResult(outputs=(), status="diverged", reason=str(error))
    if not isinstance(result, StageResult) or not isinstance(result.output, OUTPUTS[spec.kind]):
        wanted = f"a StageResult with a {OUTPUTS[spec.kind].__name__}"
        raise TypeError(f"the {spec.kind} stage returned {result!r}, not {wanted}")
    return result


def _record(directory: Path, spec: StageSpec, store: Store, result: StageResult, seconds: float) -> Record:
    return Record(
        key=spec.key,
        payload=spec.payload(),
        status=result.status,
        reason=result.reason,
        outputs=result.outputs,
        output=result.output,
        tokens=result.tokens,
        flops=result.flops,
        seconds=seconds,
        weight_hashes=_weight_hashes(directory, result.outputs),
        parent_weight_hashes=_parent_weight_hashes(spec, store),
        environment=environment(spec),
    )


def _weight_hashes(directory: Path, outputs: tuple[str, ...]) -> dict[str, str]:
    for output in outputs:
        if not (directory / output).exists():
            raise StoreError(f"the stage names the output {output!r} but wrote no such folder")
    weights = {output: directory / output / "model.safetensors" for output in outputs}
    return {output: file_sha256(path) for output, path in weights.items() if path.is_file()}


def _parent_weight_hashes(spec: StageSpec, store: Store) -> dict[str, str]:
    hashes = {}
    for role, parent in spec.parents.items():
        known = store.record(parent.kind, parent.key).weight_hashes
        if parent.output in known:
            hashes[role] = known[parent.output]
    return hashes


def _clean(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _choose_kernels(spec: StageSpec) -> None:
    if not spec.numerics:
        return  # no tensor is made
    from earlyexp_bench.training import choose_kernels

    choose_kernels(Numerics.model_validate(spec.numerics))


def _log_to(path: Path) -> None:
    """Send stdout and stderr, also those of C libraries and children, to the end of ``path``."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _report_crash(directory: Path, error: Exception) -> int:
    failure = StageFailure.of(error, directory)
    with contextlib.suppress(OSError):  # the disk may be full; then the exit code alone says what it can
        write_failure(directory, failure)
        print(failure.traceback, file=sys.stderr, flush=True)
    return MENDABLE if failure.mendable else CRASHED


def _main_rank() -> bool:
    """Tell whether this is the only process of the stage, or the first of several under torchrun."""
    return os.environ.get("RANK", "0") == "0"
