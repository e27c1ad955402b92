import pytest
from outputs import output_of

from earlyexp_bench.contracts import Record, StageFailure, StageSpec, StoreError
from earlyexp_bench.store import collect, find_garbage


def weights(store, spec):
    return store.directory(spec.kind, spec.key) / "final" / "model.safetensors"


def test_artefacts_go_and_records_stay(store, finish):
    kept, taken = finish(1), finish(2, output=output_of("pretrain", final_training_loss=2.5))
    abandoned = store.open_stage(StageSpec(kind="finetune", identity={}))
    foreseen = find_garbage(store, keep={kept.key})
    assert weights(store, taken).exists()
    assert collect(store, keep={kept.key}) == foreseen
    assert {garbage.what: garbage.size for garbage in foreseen}["pretrain"] == len("weights")
    assert store.complete(kept.kind, kept.key)
    assert not weights(store, taken).exists() and not abandoned.exists()
    assert store.record(taken.kind, taken.key).output.final_training_loss == 2.5
    assert not store.complete(taken.kind, taken.key)
    finish(2)
    assert store.complete(taken.kind, taken.key)
    assert list((store.root / "trash").iterdir()) == []


def test_items_of_evaluations_stay(store):
    spec = StageSpec(kind="evaluate", identity={})
    directory = store.open_stage(spec)
    (directory / "items.parquet").write_text("items")
    store.commit(directory, Record(key=spec.key, payload=spec.payload(), status="done", output=output_of("evaluate")))
    collect(store)
    assert store.complete(spec.kind, spec.key)


def test_a_failed_stage_keeps_its_log_and_loses_the_rest(store):
    spec = StageSpec(kind="pretrain", identity={})
    directory = store.open_stage(spec)
    (directory / "half.safetensors").write_text("half")
    (directory / "log.txt").write_text("why")
    failed = store.fail(spec.key, StageFailure("no", "code"))
    collect(store)
    assert not (failed / "half.safetensors").exists()
    assert (failed / "log.txt").read_text() == "why"


@pytest.mark.parametrize("who", ["a stage", "a launcher"])
def test_nothing_goes_while_somebody_works(store, finish, who):
    spec = finish()
    lease = store.lease("0" * 64) if who == "a stage" else store.presence()
    with pytest.raises(StoreError, match="wait for it to end"):
        collect(store)
    assert weights(store, spec).exists()
    lease.release()
    collect(store)
    assert not weights(store, spec).exists()


def test_nobody_starts_while_artefacts_go(store):
    lease = store.lease_all()
    assert store.lease("0" * 64) is None
    with pytest.raises(StoreError, match="gc"):
        store.presence()
    lease.release()
    assert store.lease("0" * 64) is not None
