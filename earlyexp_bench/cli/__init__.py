"""The command line: parse, call the API, print. Imports stay inside functions, so that `--help` is quick."""

import sys


def main() -> None:
    """Run the command line; exit with 0 when done, 1 when a stage failed, 2 when the input is wrong."""
    from earlyexp_bench.cli.app import app
    from earlyexp_bench.cli.output import print_error
    from earlyexp_bench.contracts import EarlyExpError, UserError

    try:
        app()
    except UserError as error:
        print_error(str(error))
        sys.exit(2)
    except EarlyExpError as error:
        print_error(str(error))
        sys.exit(1)
