"""Seeds as the command line names them."""


def read_seeds(text: str | None) -> tuple[int, ...] | None:
    """Read ``0,1`` or ``0-2``; None where nothing is named.

    Raises:
        UserError: It is no list of numbers, or one of none or far too many.
    """
    from earlyexp_bench.contracts import UserError
    from earlyexp_bench.contracts.seeds import seeds_of

    try:
        return None if text is None else tuple(seeds_of(text))
    except ValueError as error:
        said = "is not a list of numbers" if "invalid literal" in str(error) else str(error)
        raise UserError(f"--seeds {text!r} {said}", expected="e.g. 0,1 or 0-2") from error
