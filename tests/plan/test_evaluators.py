"""What a benchmark may write about an evaluator."""

from typing import Any

import pytest

from earlyexp_bench.contracts import UserError


@pytest.mark.parametrize("use", ["loss", "arc_easy"])
def test_an_unknown_key_of_an_evaluator_names_those_it_has(planned: Any, use: str) -> None:
    entries = [{"use": "loss"}, {"use": use, "max_document": 5}]
    with pytest.raises(UserError, match=r"evaluators\.1\.max_document: unknown key") as caught:
        planned({"evaluators": entries})
    assert "'max_documents'?" in str(caught.value)
