"""Finished stages that must run once more, because their files are gone and a stage that is to run needs them."""

from collections.abc import Mapping

from earlyexp_bench.contracts import Record, StageSpec
from earlyexp_bench.store import Store


def stages_to_remake(specs: Mapping[str, StageSpec], hits: Mapping[str, Record], store: Store) -> dict[str, str]:
    """Return the hits among ``specs`` that do not suffice, each with the key of a stage that needs its files.

    Args:
        specs: Planned stages by key.
        hits: Records of those that need not run as far as records tell.
        store: Where their files are, unless `gc` took them.
    """
    found: dict[str, str] = {}
    to_run = [key for key in specs if key not in hits]
    while to_run:
        child = to_run.pop()
        for parent in specs[child].parents.values():
            record = hits.get(parent.key)
            if record is None or record.status != "done" or parent.key in found:
                continue
            if not store.complete(parent.kind, parent.key):
                found[parent.key] = child
                to_run.append(parent.key)
    return found
