"""What commands that go by a store's records ask of it first: that it is a store."""

from pathlib import Path

from earlyexp_bench.api.options import DEFAULT_STORE
from earlyexp_bench.contracts import UserError
from earlyexp_bench.store import Store


def existing_store(path: Path) -> Store:
    """Open a store that something has been written to.

    Raises:
        UserError: There is none.
    """
    store = Store(path)
    if not store.exists():
        raise UserError(
            f"{path} is no store",
            where="--store",
            expected=f"a folder that `run` or `records add` wrote; the default is {DEFAULT_STORE}",
        )
    return store
