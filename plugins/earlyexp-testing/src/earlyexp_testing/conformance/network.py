"""The network, shut in this process and in those forked from it; whoever tries is written down.

An audit hook sees every socket that Python makes, whichever library asks for it. Sockets between processes of one
machine (AF_UNIX) stay open. Other programs are known by their names, and by addresses among their arguments; other
Python interpreters shut the network themselves (`children/sitecustomize.py`).
"""

import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}
"""Audit events of something that leaves the process, and which of their arguments says where to."""
_PROGRAMS = {"curl", "wget", "ssh", "scp", "rsync", "ftp", "nc", "ping", "pip", "uv", "aws", "gsutil", "kaggle"}
_STARTS = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}
"""Audit events of another program, and which of their arguments is its command."""
_STARTERS = {"sh", "bash", "dash", "zsh", "env", "exec", "timeout", "nice", "nohup", "then", "else", "do", "-c", "-lc"}
"""What stands in a command before the program that it starts."""
_ADDRESS = re.compile(r"\b(?:https?|ftps?|ssh|git|s3|gs|rsync)://|\bgit@")
_MOST = 20
NOTES = "EARLYEXP_CHECK_NETWORK"
"""Environment variable that tells an interpreter started from here where the notes are."""
_CHILDREN = str(Path(__file__).parent / "children")

_notes: list[Path] = []
_sleep = time.sleep


def _short_sleep(seconds: float | SupportsIndex) -> None:
    _sleep(min(float(seconds), 0.02))


class NetworkIsShut(ConnectionError):
    """What a caller gets instead of a connection."""


def shut() -> None:
    """Refuse and write down every attempt to reach the network, from now until the process ends.

    The notes are a file, so that attempts of forked processes are among them.
    """
    if _notes:
        return
    handle, name = tempfile.mkstemp(prefix="earlyexp-network-")
    os.close(handle)
    os.environ[NOTES] = name
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_CHILDREN, os.environ.get("PYTHONPATH")]))
    shut_as_told(Path(name))


def shut_as_told(notes: Path) -> None:
    """Refuse every attempt from now on and write it down in ``notes``, which another process made."""
    _notes.append(notes)
    sys.addaudithook(_hook)


def environment(**changes: str) -> dict[str, str]:
    """Return an environment for an interpreter of the kit's own, which shuts the network itself, when it is due."""
    path = os.pathsep.join(os.path.abspath(place) for place in sys.path if place and place != _CHILDREN)  # noqa: PTH100
    return {name: value for name, value in os.environ.items() if name != NOTES} | changes | {"PYTHONPATH": path}


def attempts() -> list[str]:
    """Return where somebody tried to go, each with the line of code that asked, oldest first."""
    if not _notes or not _notes[0].exists():
        return []
    return list(dict.fromkeys(_notes[0].read_text(encoding="utf-8").split("\n")[:-1]))[:_MOST]


def start_over() -> None:
    """Empty the notes, after attempts that are somebody else's."""
    if _notes:
        _notes[0].write_text("", encoding="utf-8")


def forget() -> None:
    """Remove the notes at the end of a process; the network stays shut."""
    if _notes:
        _notes[0].unlink(missing_ok=True)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS:
        where = arguments[_EVENTS[event]]
        if isinstance(where, tuple) or not event.startswith(("socket.connect", "socket.send")):
            _refuse(_shown(where))
    elif event in _STARTS and (program := _goes_out(arguments[_STARTS[event]])):
        _refuse(f"the program {program}")


def _refuse(where: str) -> None:
    time.sleep = _short_sleep  # clients of hubs wait for minutes in all before they give up
    line = f"{where} from {_asker()}"
    with _notes[0].open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    raise NetworkIsShut(f"the network is shut while a plugin is checked: {line}")


def _shown(where: object) -> str:
    if isinstance(where, tuple) and len(where) > 1:
        return f"{where[0]}:{where[1]}"
    return os.fsdecode(where) if isinstance(where, bytes) else str(where)


def _goes_out(command: object) -> str:
    """Return the program of a command that reaches for the network; empty if none is known to."""
    through_shell = not isinstance(command, list | tuple)
    parts = [os.fsdecode(part) for part in ([command] if through_shell else command) if _is_text(part)]  # type: ignore[attr-defined]
    programs = list(_programs(parts if through_shell or _name(parts[0]) in _STARTERS else parts[:1])) if parts else []
    known = [program for program in programs if program in _PROGRAMS]
    addressed = programs[:1] if any(_ADDRESS.search(part) for part in parts) else []
    return next(iter([*known, *addressed]), "")


def _programs(parts: Sequence[str]) -> Iterator[str]:
    """Yield what is started by the arguments of a command, each of which may be a line of a shell."""
    for line in (line for part in parts for line in re.split(r"[;|&()`\n]+", part)):
        words = [word for word in line.split() if _name(word) not in _STARTERS and "=" not in word]
        yield from map(_name, words[:1])


def _name(word: str) -> str:
    return Path(word.strip("\"'")).name


def _is_text(part: object) -> bool:
    return isinstance(part, str | bytes | os.PathLike)


def _asker() -> str:
    """Return file, line and function of the nearest caller outside the standard library and site-packages."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
    library = (str(Path(os.__file__).parent), "<frozen")
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith(library)]
    frame = (own or frames)[-1]
    return f"{frame.filename}:{frame.lineno} ({frame.name})"
