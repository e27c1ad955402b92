"""Tries lm-eval's own tasks for whoever plans to measure them."""

import contextlib
import json
import sys
from dataclasses import asdict
from typing import TextIO


def tasks_stream(question: TextIO, answer: TextIO) -> int:
    """Read a list of names as JSON, write what each amounts to as one line of JSON, return 0."""
    from earlyexp_bench.evaluation.rehearsal import rehearse

    with contextlib.redirect_stdout(sys.stderr):  # what a task's own code prints is no answer
        found = {name: asdict(rehearse(name)) for name in json.load(question)}
    print(json.dumps(found), file=answer)
    return 0
