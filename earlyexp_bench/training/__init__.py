"""The training room: token mixtures, the loop on accelerate, checkpoints, the base class of methods.

A plugin's heavy half needs `Method`, `MethodContext`, `Batch`, `Mixture`, `Sequences`, `row_losses` and the
random orders; the stages need the rest.
"""

from earlyexp_bench.training.data import TokenizedSplit, load_split, save_tokens
from earlyexp_bench.training.determinism import choose_kernels, make_deterministic
from earlyexp_bench.training.flops import training_flops_per_token
from earlyexp_bench.training.loop import Job, TrainingResult, make_accelerator, train
from earlyexp_bench.training.loss import row_losses, training_loss
from earlyexp_bench.training.method_tokens import MethodTokens
from earlyexp_bench.training.methods import Apply, Backward, Batch, Method, MethodContext, MethodStack, Tensors
from earlyexp_bench.training.mixture import (
    Mixture,
    finetuning_mixture,
    planned_by,
    posttraining_mixture,
    pretraining_mixture,
)
from earlyexp_bench.training.model import (
    build_model,
    check_attention,
    configure,
    count_parameters,
    export_model,
    load_model,
    random_model,
    without_weights,
)
from earlyexp_bench.training.observer import MakeMethod, Observer
from earlyexp_bench.training.order import generator_seed, permutation, random_bits, spread
from earlyexp_bench.training.sequences import Sequences, pack
from earlyexp_bench.training.start import find_checkpoint, load_start, take_tokenizer
from earlyexp_bench.training.stopping import EarlyStopping, Stopping
from earlyexp_bench.training.tokenizer import load_tokenizer
from earlyexp_bench.training.validation import validation_loss
from earlyexp_bench.training.windows import Windows, document_windows

__all__ = [
    "Apply",
    "Backward",
    "Batch",
    "EarlyStopping",
    "Job",
    "MakeMethod",
    "Method",
    "MethodContext",
    "MethodStack",
    "MethodTokens",
    "Mixture",
    "Observer",
    "Sequences",
    "Stopping",
    "Tensors",
    "TokenizedSplit",
    "TrainingResult",
    "Windows",
    "build_model",
    "check_attention",
    "choose_kernels",
    "configure",
    "count_parameters",
    "document_windows",
    "export_model",
    "find_checkpoint",
    "finetuning_mixture",
    "generator_seed",
    "load_model",
    "load_split",
    "load_start",
    "load_tokenizer",
    "make_accelerator",
    "make_deterministic",
    "pack",
    "permutation",
    "planned_by",
    "posttraining_mixture",
    "pretraining_mixture",
    "random_bits",
    "random_model",
    "row_losses",
    "save_tokens",
    "spread",
    "take_tokenizer",
    "train",
    "training_flops_per_token",
    "training_loss",
    "validation_loss",
    "without_weights",
]
