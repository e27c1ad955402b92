"""Seeds as the command line names them."""

MOST_SEEDS = 10_000  # more than any benchmark has: a slip of the finger must not fill the memory


def read_seeds(text: str | None) -> tuple[int, ...] | None:
    """Read ``0,1`` or ``0-2``; None where nothing is named.

    Raises:
        UserError: It is no list of numbers, or one of far too many.
    """
    from earlyexp_bench.contracts import UserError

    if text is None:
        return None
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, dash, last = part.partition("-")
            seeds.extend(range(int(first), int(last) + 1)[: MOST_SEEDS + 1] if dash else [int(first)])
    except ValueError as error:
        raise UserError(f"--seeds {text!r} is not a list of numbers", expected="e.g. 0,1 or 0-2") from error
    if not seeds:
        raise UserError(f"--seeds {text!r} names no seed", expected="e.g. 0,1 or 0-2")
    if len(seeds) > MOST_SEEDS:
        raise UserError(
            f"--seeds {text!r} names more than {MOST_SEEDS:,} seeds", expected="some of the benchmark's own"
        )
    return tuple(dict.fromkeys(seeds))
