"""The command line: parse, call the API, print. Imports stay inside functions, so that `--help` is quick."""

import errno
import sys

# What these print is not what they are for.
RESULT_IN_FILES = {"run", "report"}


def main() -> None:
    """Run the command line; exit with 0 when done, 1 when a stage failed, 2 when the user has something to mend."""
    from earlyexp_bench.cli.streams import restart_if_unfit, steady_output

    restart_if_unfit()
    output = steady_output()
    code = _run()
    sys.stdout.flush()
    if not code and output.lost is not None:
        code = _lost(output.lost)
    sys.exit(code)


def _run() -> int:
    from earlyexp_bench.cli.app import app

    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - to know ours from others takes pydantic, which `--help` does without
        return _explain(error)
    return 0


def _explain(error: Exception) -> int:
    """Print an error that was raised on purpose, or by the system, and return its exit code; raise any other again."""
    from earlyexp_bench.cli.output import print_error
    from earlyexp_bench.contracts import EarlyExpError, UserError, explained

    if isinstance(error, OSError):
        error = explained(error)
    if not isinstance(error, EarlyExpError):
        raise error
    print_error(str(error))
    return 2 if isinstance(error, UserError) else 1


def _lost(error: OSError) -> int:
    """Say that output was lost, unless its reader wanted no more; return the exit code."""
    from earlyexp_bench.cli.output import print_error

    if error.errno == errno.EPIPE:
        return 0
    print_error(f"standard output: {error.strerror}\n  expected: a file or terminal that takes what is printed")
    return 0 if sys.argv[1:2] and sys.argv[1] in RESULT_IN_FILES else 2
