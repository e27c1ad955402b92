"""What a plugin may do to the machine it is on, and what it may not. The code of a plugin: nothing else is here."""

import getpass
import locale
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def write(path):
    Path(path).write_text("kept")


def in_a_thread():
    thread = threading.Thread(target=os.mkdir, args=(Path.home() / "new",))
    thread.start()
    thread.join()


def moved_into_place():
    handle, name = tempfile.mkstemp()
    os.close(handle)
    Path(name).rename(Path.home() / "cache")


SEEN = {
    "home": (lambda: write(Path.home() / "cache"), "writes"),
    "a cache folder": (lambda: Path(os.environ["XDG_CACHE_HOME"], "mine").mkdir(), "writes"),
    "the working directory": (lambda: write("cache"), "writes"),
    "a name in the temporary folder": (lambda: write(Path(tempfile.gettempdir()) / "cache"), "writes"),
    "beside the module": (lambda: write(Path(__file__).with_name("cache")), "writes"),
    "/var/tmp": (lambda: write("/var/tmp/earlyexp-cache"), "writes /var/tmp"),
    "shared memory": (lambda: write("/dev/shm/earlyexp-cache"), "writes /dev/shm"),
    "a descriptor": (lambda: os.open(Path.home() / "cache", os.O_CREAT | os.O_RDWR), "writes"),
    "a database": (lambda: sqlite3.connect(Path.home() / "cache"), "writes"),
    "a link": (lambda: Path(Path.home(), "link").symlink_to("/"), "writes"),
    "moved into place": (moved_into_place, "writes"),
    "removed": (lambda: Path("/var/tmp/earlyexp-cache").unlink(), "writes"),
    "a thread": (in_a_thread, "writes"),
    "a program": (lambda: subprocess.run(["touch", Path.home() / "cache"], check=True), "leaves home/cache"),
    "an interpreter": (
        lambda: subprocess.run([sys.executable, "-c", "open('cache', 'w')"], check=True),
        "leaves work/cache",
    ),
    "read at home": (lambda: (Path.home() / ".netrc").read_text(), "reads"),
    "listed here": (lambda: os.listdir(), "reads"),  # noqa: PTH208 - without a path
    "the language": (lambda: os.environ.get("LC_ALL"), "asks for LC_ALL"),
    "the time zone": (lambda: os.getenv("TZ"), "asks for TZ"),
    "the user": (lambda: getpass.getuser(), "asks for getuser()"),
    "the user's order": (lambda: sorted("ba", key=locale.strxfrm), "asks for strxfrm()"),
}


def in_between():
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "rows")
        (Path(folder) / "more").mkdir()
        (Path(folder) / "rows").rename(Path(folder) / "more" / "rows")
    tempfile.mkdtemp()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("rows")


LET_BE = {
    "temporary files": in_between,
    "its own module": lambda: Path(__file__).read_text(encoding="utf-8"),
    "the null device": lambda: write(os.devnull),
    "an import": lambda: __import__("wave"),
    "a copy of the environment": lambda: subprocess.run(["true"], env={**os.environ, "MORE": "1"}, check=True),
    "a folder that is there": lambda: Path.home().mkdir(exist_ok=True),
    "a database in memory": lambda: sqlite3.connect(":memory:").close(),
}
