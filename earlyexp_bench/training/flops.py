"""Floating-point operations of training, by the usual count."""

from transformers import PreTrainedModel


def matrix_parameters(model: PreTrainedModel) -> int:
    """Parameters that multiply every token: all but an input embedding that is not also the head."""
    total = sum(p.numel() for p in model.parameters())
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = head is not None and head.weight is embedding.weight
    return int(total if tied else total - embedding.weight.numel())


def training_flops_per_token(model: PreTrainedModel, context: int) -> float:
    """FLOPs of one token's forward and backward pass.

    6 N for the matrices (Kaplan et al. 2020: 2 N forward, 4 N backward) and 12 · layers · width · context for
    attention scores and values (Chowdhery et al. 2022, appendix B), counted in full although half is masked.
    Frozen weights are counted as if trained.
    """
    config = model.config
    heads = int(config.num_attention_heads)
    width = heads * int(getattr(config, "head_dim", None) or config.hidden_size // heads)
    return 6.0 * matrix_parameters(model) + 12.0 * int(config.num_hidden_layers) * width * context
