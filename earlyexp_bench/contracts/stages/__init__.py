"""Each stage kind's input and version, side by side, validated on both sides of the store.

``StageSpec.identity`` holds an input.
"""

from earlyexp_bench.contracts.stages.contamination import ContaminationInput
from earlyexp_bench.contracts.stages.evaluate import EvaluateInput, Measurement
from earlyexp_bench.contracts.stages.finetune import FinetuneInput
from earlyexp_bench.contracts.stages.parts import DomainRef, MethodUse
from earlyexp_bench.contracts.stages.posttrain import Convergence, EarlyStopping, PosttrainInput
from earlyexp_bench.contracts.stages.pretrain import ExposureDesign, ExposureInput, PretrainInput
from earlyexp_bench.contracts.stages.tokenizer import CheckpointTokenizerInput, TokenizerInput, TokenizerTraining
from earlyexp_bench.contracts.stages.tokens import TokensInput
from earlyexp_bench.contracts.stages.training import Optimization, OptimizerSettings

__all__ = [
    "CheckpointTokenizerInput",
    "ContaminationInput",
    "Convergence",
    "DomainRef",
    "EarlyStopping",
    "EvaluateInput",
    "ExposureDesign",
    "ExposureInput",
    "FinetuneInput",
    "Measurement",
    "MethodUse",
    "Optimization",
    "OptimizerSettings",
    "PosttrainInput",
    "PretrainInput",
    "TokenizerInput",
    "TokenizerTraining",
    "TokensInput",
]
