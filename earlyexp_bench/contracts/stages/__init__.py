"""Each stage kind's input, output and version, side by side, validated on both sides of the store.

``StageSpec.identity`` holds an input, ``Record.output`` an output.
"""

from earlyexp_bench.contracts.domain import HELD_OUT, HeldOut
from earlyexp_bench.contracts.stages.contamination import ContaminationInput, ContaminationOutput
from earlyexp_bench.contracts.stages.evaluate import (
    LOSS_NAMES,
    EvaluateInput,
    EvaluateOutput,
    MeasuredRole,
    Measurement,
    Role,
    SplitScores,
    TaskAnswers,
)
from earlyexp_bench.contracts.stages.finetune import FinetuneInput
from earlyexp_bench.contracts.stages.parts import DomainRef, MethodUse, StageOutput
from earlyexp_bench.contracts.stages.posttrain import Convergence, ConvergenceSettings, PosttrainInput
from earlyexp_bench.contracts.stages.pretrain import ExposureDesign, ExposureInput, PretrainInput, general_stream_tokens
from earlyexp_bench.contracts.stages.tokenizer import (
    CheckpointTokenizerInput,
    TokenizerInput,
    TokenizerOutput,
    TokenizerTraining,
)
from earlyexp_bench.contracts.stages.tokens import (
    HeldOutSplit,
    NgramLosses,
    SplitSize,
    TokensInput,
    TokensOutput,
)
from earlyexp_bench.contracts.stages.training import (
    Optimization,
    OptimizerSettings,
    Stopped,
    TrainingOutput,
    Validation,
    ValidationPoint,
)

__all__ = [
    "HELD_OUT",
    "LOSS_NAMES",
    "CheckpointTokenizerInput",
    "ContaminationInput",
    "ContaminationOutput",
    "Convergence",
    "ConvergenceSettings",
    "DomainRef",
    "EvaluateInput",
    "EvaluateOutput",
    "ExposureDesign",
    "ExposureInput",
    "FinetuneInput",
    "HeldOut",
    "HeldOutSplit",
    "MeasuredRole",
    "Measurement",
    "MethodUse",
    "NgramLosses",
    "Optimization",
    "OptimizerSettings",
    "PosttrainInput",
    "PretrainInput",
    "Role",
    "SplitScores",
    "SplitSize",
    "StageOutput",
    "Stopped",
    "TaskAnswers",
    "TokenizerInput",
    "TokenizerOutput",
    "TokenizerTraining",
    "TokensInput",
    "TokensOutput",
    "TrainingOutput",
    "Validation",
    "ValidationPoint",
    "general_stream_tokens",
]
