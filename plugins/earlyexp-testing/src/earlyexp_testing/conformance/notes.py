"""Notes that a process and those forked from it take in one file, a line each."""

import os
import tempfile
from pathlib import Path


class Notes:
    """What was noted since the process began; forked processes write into the same file."""

    def __init__(self, topic: str) -> None:
        handle, name = tempfile.mkstemp(prefix=f"earlyexp-{topic}-")
        os.close(handle)
        self.path = Path(name)

    def add(self, line: str) -> None:
        """Note something; what is noted twice is there once."""
        if self.path.exists():  # not after the end, when interpreters clear up
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(line.replace("\n", " ") + "\n")

    def lines(self) -> list[str]:
        """Return the notes, oldest first, each once."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return list(dict.fromkeys(text.splitlines()))

    def start_over(self) -> None:
        """Forget what was noted so far."""
        self.path.write_text("", encoding="utf-8")

    def remove(self) -> None:
        """Remove the file at the end of a process."""
        self.path.unlink(missing_ok=True)
