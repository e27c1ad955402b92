"""Language models that have learnt nothing, to score tasks on: a checkpoint's surroundings without a checkpoint."""

from collections.abc import Iterable

from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from earlyexp_bench.evaluation.adapter import preserved_random_state
from earlyexp_bench.evaluation.model import CheckpointLM
from earlyexp_bench.stages.tokenizer import END_OF_TEXT, train_bpe

SPREADS = (0.02, 1.0)
"""Standard deviations of the weights: nearly even predictions, and very sure wrong ones."""
CONTEXT = 64
_VOCABULARY = 300
_BATCH_TOKENS = 4096


def random_model(texts: Iterable[str], spread: float) -> CheckpointLM:
    """Return a model of 20,000 random weights, the same for equal arguments.

    Args:
        texts: What its byte-level BPE is trained on.
        spread: Standard deviation of its weights.
    """
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=train_bpe(iter(texts), _VOCABULARY),
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        initializer_range=spread,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    with preserved_random_state():
        model = LlamaForCausalLM(config).eval()
    return CheckpointLM(model, tokenizer, _BATCH_TOKENS)
