"""The conformance kit: what every plugin promises, tried on a tiny model in processes of its own.

A check is one promise (`check.py`); checks of one topic lie in one file with a tuple ``CHECKS``, named in
`catalogue.py`. `run.py` starts a child for each component of a plugin, `child.py` is what happens there.
"""
