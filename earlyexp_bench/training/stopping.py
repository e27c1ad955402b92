"""Early stopping: when to validate, which weights were best, when to give up."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earlyexp_bench.contracts.stages import Convergence
from earlyexp_bench.training.mixture import Mixture
from earlyexp_bench.training.windows import Windows


@dataclass(frozen=True)
class Stopping:
    """Early stopping on a validation split: the rule and what is measured."""

    rule: Convergence
    windows: Windows


@dataclass
class EarlyStopping:
    """Follows the validation loss.

    An evaluation is better where it lies more than ``min_delta`` below the best so far.

    Attributes:
        rule: Patience and smallest improvement.
        curve: (tokens of the main source, loss in nats) of every evaluation.
        best_loss: The best so far, in nats; infinite before the first.
        best_tokens: Where it was.
        waited: Evaluations since.
    """

    rule: Convergence
    curve: list[tuple[int, float]] = field(default_factory=list)
    best_loss: float = math.inf
    best_tokens: int = 0
    waited: int = 0

    def improved(self, tokens: int, loss: float) -> bool:
        """Take an evaluation; tell whether its weights are the ones to keep."""
        self.curve.append((tokens, loss))
        if loss >= self.best_loss - self.rule.min_delta:
            self.waited += 1
            return False
        self.best_loss, self.best_tokens, self.waited = loss, tokens, 0
        return True

    @property
    def converged(self) -> bool:
        """Whether patience is spent."""
        return self.rule.patience is not None and self.waited >= self.rule.patience

    def last_fall(self, pass_tokens: int) -> float | None:
        """Nats that the loss fell from one evaluation to the next at the end; None of one evaluation.

        The average over the last two, as one alone may be of a few steps: the last step is evaluated wherever it comes.

        Args:
            pass_tokens: Tokens of a pass over the main source.
        """
        interval = self.rule.eval_every * pass_tokens
        end, final = self.curve[-1]
        earlier = [(tokens, loss) for tokens, loss in self.curve if tokens <= end - 1.5 * interval] or self.curve[:1]
        tokens, loss = earlier[-1]
        return (loss - final) / (end - tokens) * interval if tokens < end else None

    def state(self) -> dict[str, Any]:
        """Return what changes between evaluations, as JSON."""
        return {"curve": self.curve}

    def load(self, state: dict[str, Any]) -> None:
        """Take the evaluations again of what ``state`` returned."""
        for tokens, loss in state["curve"]:
            self.improved(tokens, loss)


def evaluation_steps(mixture: Mixture, batch_rows: int, every: float) -> NDArray[np.int64]:
    """Return the steps after which to validate: ``every`` so many passes over the main source, and the last one."""
    steps = -(-mixture.rows // batch_rows)
    ends = np.minimum(np.arange(1, steps + 1) * batch_rows, mixture.rows)
    done = np.floor(mixture.main_tokens[ends] / (every * mixture.pass_tokens) + 1e-9)
    due = np.flatnonzero(np.diff(done, prepend=0.0) > 0) + 1
    return np.union1d(due, [steps])
