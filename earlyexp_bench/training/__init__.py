"""The training room: token mixtures, the loop, checkpoints, the base class of methods."""

from earlyexp_bench.training.data import TokenizedSplit, load_split, save_tokens

__all__ = ["TokenizedSplit", "load_split", "save_tokens"]
