"""What a method, domain, evaluator, executor and claim is: pydantic models and Protocols, no torch."""

from earlyexp_bench.contracts.canonical import canonical_json, digest
from earlyexp_bench.contracts.claim import BenchmarkData, Claim, ClaimDefinition, DrawnClaim
from earlyexp_bench.contracts.domain import (
    SPLITS,
    Document,
    Domain,
    DomainDefinition,
    FingerprintedDomain,
    LossOn,
    NoParams,
    Split,
    content_hash,
    split_of,
)
from earlyexp_bench.contracts.environment import WORKER_COMMAND, worker_environment
from earlyexp_bench.contracts.errors import Diverged, EarlyExpError, KeyPath, Misplaced, StoreError, UserError
from earlyexp_bench.contracts.evaluator import Evaluator, EvaluatorDefinition, task_prefix
from earlyexp_bench.contracts.executor import Executor, JobState, JobStatus, Resources
from earlyexp_bench.contracts.failure import StageFailure
from earlyexp_bench.contracts.method import (
    EVERY_MATRIX,
    TRAINING_STAGES,
    CellContext,
    Cost,
    MethodDefinition,
    Needs,
    PlannedStage,
    TokenSource,
    TrainingStage,
    sidecar_role,
)
from earlyexp_bench.contracts.paths import DataPath
from earlyexp_bench.contracts.runtime import CheckpointLocation, Runtime
from earlyexp_bench.contracts.software import git_commit, library_versions
from earlyexp_bench.contracts.stage import (
    STAGE_VERSIONS,
    ParentRef,
    Record,
    StageKind,
    StageSpec,
    Status,
)
from earlyexp_bench.contracts.stages import TaskAnswers
from earlyexp_bench.contracts.system import explained, system_mistake

__all__ = [
    "EVERY_MATRIX",
    "SPLITS",
    "STAGE_VERSIONS",
    "TRAINING_STAGES",
    "WORKER_COMMAND",
    "BenchmarkData",
    "CellContext",
    "CheckpointLocation",
    "Claim",
    "ClaimDefinition",
    "Cost",
    "DataPath",
    "Diverged",
    "Document",
    "Domain",
    "DomainDefinition",
    "DrawnClaim",
    "EarlyExpError",
    "Evaluator",
    "EvaluatorDefinition",
    "Executor",
    "FingerprintedDomain",
    "JobState",
    "JobStatus",
    "KeyPath",
    "LossOn",
    "MethodDefinition",
    "Misplaced",
    "Needs",
    "NoParams",
    "ParentRef",
    "PlannedStage",
    "Record",
    "Resources",
    "Runtime",
    "Split",
    "StageFailure",
    "StageKind",
    "StageSpec",
    "Status",
    "StoreError",
    "TaskAnswers",
    "TokenSource",
    "TrainingStage",
    "UserError",
    "canonical_json",
    "content_hash",
    "digest",
    "explained",
    "git_commit",
    "library_versions",
    "sidecar_role",
    "split_of",
    "system_mistake",
    "task_prefix",
    "worker_environment",
]
