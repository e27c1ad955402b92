"""Records that were saved elsewhere come in whole, or not at all."""

from pathlib import Path

import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, StageSpec, UserError
from earlyexp_bench.planning.records import add_records
from earlyexp_bench.store import Store, write_records


def test_of_several_files_none_is_added_when_one_cannot_be_read(tmp_path: Path) -> None:
    spec = StageSpec(kind="pretrain", identity={"value": 1}, seed=0)
    good, store = tmp_path / "good.jsonl.gz", tmp_path / "store"
    write_records(good, [Record(key=spec.key, payload=spec.payload(), status="done", output=output_of(spec.kind))])
    with pytest.raises(UserError, match="none cannot be read"):
        add_records([good, tmp_path / "none"], store)
    assert not store.exists()
    assert add_records([good], store) == (1, 0)
    assert Store(store).has("pretrain", spec.key)
