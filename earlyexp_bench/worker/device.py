"""Which devices this machine has."""

import json
from typing import TextIO

import torch


def device_stream(question: TextIO, answer: TextIO) -> int:
    """Read the name of a type of device as JSON, write as JSON whether torch finds one here, return 0."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    print(json.dumps(present[json.load(question)]), file=answer)
    return 0
