import os

os.environ["HF_HUB_OFFLINE"] = "1"

import random

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from earlyexp_bench.contracts import Document

END = "<|endoftext|>"
WORDS = ["sun", "moon", "river", "stone", "winter", "copper", "lantern", "whisper", "Ångström", "tea"]


def sentence(rng, words):
    return " ".join(rng.choice(WORDS) for _ in range(words)) + "."


def multiple_choice(documents):
    return {
        "output_type": "multiple_choice",
        "custom_dataset": lambda **_: {"test": documents},
        "test_split": "test",
        "doc_to_text": "question",
        "doc_to_choice": "choices",
        "doc_to_target": "label",
        "target_delimiter": " ",
        "metric_list": [
            {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
            {"metric": "acc_norm", "aggregation": "mean", "higher_is_better": True},
        ],
        "metadata": {"version": 1},
    }


class Riddles:
    """Short and long documents, half of them with prompts, and one multiple-choice task."""

    def __init__(self, documents=20, task=None):
        self.count = documents
        self.task = task

    def documents(self, split):
        rng = random.Random(split)
        for index in range(self.count):
            prompt = f"Question: {sentence(rng, 4)}\n" if index % 2 else ""
            yield Document(prompt + sentence(rng, rng.randrange(3, 90)), f"{split}{index}", len(prompt))

    def tasks(self):
        rng = random.Random(0)
        rows = [
            {"question": sentence(rng, 5), "choices": [sentence(rng, n) for n in (2, 1, 5)], "label": index % 3}
            for index in range(self.count)
        ]
        return {"riddle_choice": self.task or multiple_choice(rows)}


def save_checkpoint(directory, *, context=64, seed=0, vocab_size=400):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([d.text for d in Riddles(200).documents("train")], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, pad_token=END, split_special_tokens=True
    )
    fast.save_pretrained(directory)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=context,
        initializer_range=0.3,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    return save_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def riddles():
    return Riddles()


@pytest.fixture
def make_riddles():
    return Riddles
