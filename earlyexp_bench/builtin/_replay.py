"""Replay: sequences of stage 1's general stream among the stage's own."""

import numpy as np

from earlyexp_bench.contracts import UserError
from earlyexp_bench.training import Method, Mixture, permutation, spread


class Replay(Method):
    """Adds general sequences in stage 2 and displaces downstream ones in stage 3, spread evenly over the stage."""

    def mixture(self, mixture: Mixture) -> Mixture:
        """Mix general sequences in; no sequence twice before all have been used."""
        fraction = self.params.fraction
        added = self.context.stage == "posttrain"
        count = self.params.sequences(mixture.rows, self.context.stage)
        if count == 0:
            raise UserError(
                f"replay of {fraction:.3%} is not one of {mixture.rows} sequences",
                where="replay.fraction",
                expected=f"{1 / mixture.rows:.3%} or more",
            )
        general = self.context.tokens["general"]
        places = spread(count, mixture.rows + count if added else mixture.rows, *self._key("place"))
        kept = mixture if added else mixture.without_last(count)
        return kept.with_rows("general", general, self._draw(general.full, count), places)

    def _draw(self, pool: np.ndarray, count: int) -> np.ndarray:
        passes = range(-(-count // len(pool)))
        drawn = [pool[permutation(len(pool), *self._key("draw"), number)] for number in passes]
        return np.concatenate(drawn)[:count]

    def _key(self, purpose: str) -> tuple[int, str, str, str]:
        return (self.context.seed, "replay", self.context.stage, purpose)
