"""Floating-point operations of training, by the usual count."""

from transformers import PreTrainedConfig, PreTrainedModel

from earlyexp_bench.training.model import count_parameters


def matrix_parameters(model: PreTrainedModel) -> int:
    """Parameters that multiply every token: all but an input embedding that is not also the head."""
    total = count_parameters(model)
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = head is not None and head.weight is embedding.weight
    return int(total if tied else total - embedding.weight.numel())


def training_flops_per_token(model: PreTrainedModel, context: int) -> float:
    """FLOPs of one token's forward and backward pass.

    6 N for the matrices (Kaplan et al. 2020: 2 N forward, 4 N backward) and 12 · layers · width · context for
    attention scores and values (Chowdhery et al. 2022, appendix B), counted in full although half is masked, and
    for every layer although some may not attend. A model without attention heads has no such term. Frozen weights
    are counted as if trained, and every expert as if used.
    """
    return 6.0 * matrix_parameters(model) + _attention_flops(model.config, context)


def _attention_flops(config: PreTrainedConfig, context: int) -> float:
    layers = int(config.num_hidden_layers)
    by_layer = config.per_layer_config if config.is_heterogeneous else [config] * layers
    return 12.0 * sum(_attention_width(by_layer[index]) for index in range(layers)) * context


def _attention_width(config: PreTrainedConfig) -> int:
    heads = getattr(config, "num_attention_heads", None)
    if not isinstance(heads, int) or heads == 0:
        return 0
    return heads * int(getattr(config, "head_dim", None) or config.hidden_size // heads)
