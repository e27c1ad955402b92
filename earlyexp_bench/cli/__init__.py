"""The command line: parse, call the API, print. Imports stay inside functions, so that `--help` is quick."""

import sys


def main() -> None:
    """Run the command line; exit with 0 when done, 1 when a stage failed, 2 when the input is wrong."""
    from earlyexp_bench.cli.app import app

    try:
        app()
    except Exception as error:  # noqa: BLE001 - to know ours from others takes pydantic, which `--help` does without
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Print an error that was raised on purpose and return its exit code; raise any other again."""
    from earlyexp_bench.cli.output import print_error
    from earlyexp_bench.contracts import EarlyExpError, UserError

    if not isinstance(error, EarlyExpError):
        raise error
    print_error(str(error))
    return 2 if isinstance(error, UserError) else 1
