"""Numbers that would break late are refused with their place."""

import pytest

from earlyexp_bench.contracts import UserError
from earlyexp_bench.contracts.quantity import LARGEST, short_amount
from earlyexp_bench.spec import load_benchmark
from earlyexp_bench.spec.models import DRAW

WRONG = [
    (f"seeds=[0, {LARGEST + 1}]", r"seeds\.1"),
    (f"seeds=[{2**64}]", "seeds=.* does not fit in 64 bits"),
    ("seeds=[-1]", r"seeds\.0"),
    ("seeds=[true]", r"seeds\.0: true is not a number"),
    (f"finetuning.tokens={10**20}", "finetuning.tokens"),
    ("posttraining.max_tokens=1e30", "posttraining.max_tokens"),
    ("pretraining.learning_rate=1e999", "pretraining.learning_rate"),
    ("pretraining.learning_rate=nan", "pretraining.learning_rate"),
    ("pretraining.weight_decay=inf", "pretraining.weight_decay"),
    ("pretraining.min_learning_rate=-1", "pretraining.min_learning_rate"),
    ("posttraining.sweep.learning_rate=[1e-3, -1e-3]", "learning_rate -0.001 is wrong"),
    ("finetuning.sweep={learning_rate: [1e-3], weight_decay: [-1]}", "weight_decay -1 is wrong"),
    ("finetuning.sweep={learning_rate: [1e-3], warmup_fraction: [1]}", "warmup_fraction 1 is wrong"),
    ("recipes.early.rates_scale=3", "3 is no power of two"),
    ("recipes.early.rates_scale=-2", r"early\.rates_scale"),
    ("scoring.contamination_threshold=nan", "scoring.contamination_threshold"),
]


@pytest.mark.parametrize(("override", "said"), WRONG)
def test_a_number_that_no_stage_or_file_could_hold_is_refused(override: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        load_benchmark("smoke", overrides=(override,))


def test_large_seeds_are_seeds_where_no_recipe_has_a_draw_of_its_own() -> None:
    assert load_benchmark("smoke", overrides=(f"seeds=[{LARGEST}, {DRAW}]",)).spec.seeds == [LARGEST, DRAW]
    again = ("recipes.again={exposure: {fraction: 1}, draw: 1}",)
    assert load_benchmark("smoke", overrides=(f"seeds=[{DRAW - 1}]", *again))
    with pytest.raises(UserError, match=r"seeds must be below 1,000,000 .* 'again'"):
        load_benchmark("smoke", overrides=(f"seeds=[{DRAW}]", *again))
    with pytest.raises(UserError, match=r"again\.draw must be at most"):
        load_benchmark("smoke", overrides=(f"recipes.again={{exposure: {{fraction: 1}}, draw: {2**52}}}",))


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.5, "0.5"), (999, "999"), (999_999, "1M"), (1_234_567, "1.23M"), (8.7e9, "8.7B"), (1.234e12, "1230B")],
)
def test_an_amount_is_written_with_the_units_that_are_read(number, text):
    assert short_amount(number) == text
