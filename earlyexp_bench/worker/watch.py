"""A stage dies with whoever started it, even where that was killed without notice.

The parent holds the writing end of a pipe and never writes. When it dies, for whatever reason, the reading
end comes to its end at once.
"""

import os
import signal
import threading


def die_at_end_of(descriptor: int) -> None:
    """Kill this process group as soon as the pipe behind ``descriptor`` has no writer left.

    The caller must lead a process group of its own.
    """
    threading.Thread(target=_wait, args=(descriptor,), name="parent-watch", daemon=True).start()


def _wait(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os.killpg(0, signal.SIGKILL)
