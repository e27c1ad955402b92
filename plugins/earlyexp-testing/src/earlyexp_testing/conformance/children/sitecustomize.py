"""Imported by every Python interpreter that code under test starts: the network is shut there as well."""

import importlib.util
import os
from pathlib import Path

_notes = os.environ.get("EARLYEXP_CHECK_NETWORK")
if _notes:
    # By its path: the interpreter may be another one, without this package.
    _spec = importlib.util.spec_from_file_location("_earlyexp_network", Path(__file__).parents[1] / "network.py")
    assert _spec is not None
    assert _spec.loader is not None
    _network = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_network)
    _network.shut_as_told(Path(_notes))
