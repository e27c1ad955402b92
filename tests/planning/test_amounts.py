"""Amounts that no stage could train on are refused with their place, before anything runs."""

from typing import Any

import pytest

from earlyexp_bench.contracts import UserError

MATCHED = {"track": "matched", "posttraining/until": "one-pass", "target_tokens": 640}
AMOUNTS: list[tuple[dict[str, Any], str, str]] = [
    ({"finetuning/batch_tokens": 1000}, "finetuning.batch_tokens: 1000 is no multiple of the context 64", "1024"),
    ({"posttraining/batch_tokens": 10}, "posttraining.batch_tokens: 10 is no multiple", "for example 64"),
    ({"posttraining/max_tokens": 63}, "posttraining.max_tokens: a cap of 63 tokens holds no sequence", "64 or more"),
    ({"recipes/early/exposure/fraction": 0.003}, "0.003 of the 157 sequences", "0.0032 or more"),
    ({"recipes/early/exposure": {"fraction": 1e-9, "source": "general"}}, "1e-09 of the 157 sequences", "is none"),
    ({"recipes/early/exposure": {"fraction": 1, "mode": "replace"}, "pretraining/tokens": 10_048}, "replace all", ""),
    ({"recipes/early/exposure/fraction": 0.96, **MATCHED}, "leaves none to post-train on", "1, or a share"),
]


@pytest.mark.parametrize(("changes", "said", "expected"), AMOUNTS)
def test_an_amount_that_no_stage_could_train_on_is_refused(
    planned: Any, changes: dict[str, Any], said: str, expected: str
) -> None:
    with pytest.raises(UserError, match=r"changed.yaml:\d+: ") as caught:
        planned(changes)
    assert said in str(caught.value)
    assert expected in str(caught.value)


def test_the_smallest_amounts_that_can_be_trained_on_are_planned(planned: Any) -> None:
    assert planned({"recipes/early/exposure/fraction": 0.0032, "posttraining/max_tokens": 64})
    assert planned({"recipes/early/exposure/fraction": 0.94, **MATCHED})
