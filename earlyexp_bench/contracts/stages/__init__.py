"""Each stage kind's input, output and version, side by side, validated on both sides of the store.

``StageSpec.identity`` holds an input, ``Record.output`` an output.
"""

from earlyexp_bench.contracts.stages.contamination import ContaminationInput, ContaminationOutput
from earlyexp_bench.contracts.stages.evaluate import (
    LOSS_NAMES,
    EvaluateInput,
    EvaluateOutput,
    MeasuredRole,
    Measurement,
    SplitScores,
    TaskAnswers,
)
from earlyexp_bench.contracts.stages.finetune import FinetuneInput
from earlyexp_bench.contracts.stages.parts import DomainRef, MethodUse, StageOutput
from earlyexp_bench.contracts.stages.posttrain import Convergence, PosttrainInput
from earlyexp_bench.contracts.stages.pretrain import ExposureInput, PretrainInput
from earlyexp_bench.contracts.stages.tokenizer import CheckpointTokenizerInput, TokenizerInput, TokenizerOutput
from earlyexp_bench.contracts.stages.tokens import (
    HELD_OUT,
    HeldOut,
    HeldOutSplit,
    NgramLosses,
    SplitSize,
    TokensInput,
    TokensOutput,
)
from earlyexp_bench.contracts.stages.training import Optimization, Stopped, TrainingOutput, Validation, ValidationPoint

__all__ = [
    "HELD_OUT",
    "LOSS_NAMES",
    "CheckpointTokenizerInput",
    "ContaminationInput",
    "ContaminationOutput",
    "Convergence",
    "DomainRef",
    "EvaluateInput",
    "EvaluateOutput",
    "ExposureInput",
    "FinetuneInput",
    "HeldOut",
    "HeldOutSplit",
    "MeasuredRole",
    "Measurement",
    "MethodUse",
    "NgramLosses",
    "Optimization",
    "PosttrainInput",
    "PretrainInput",
    "SplitScores",
    "SplitSize",
    "StageOutput",
    "Stopped",
    "TaskAnswers",
    "TokenizerInput",
    "TokenizerOutput",
    "TokensInput",
    "TokensOutput",
    "TrainingOutput",
    "Validation",
    "ValidationPoint",
]
