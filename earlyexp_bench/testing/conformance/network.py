"""The network, shut in this process and in those forked from it; whoever tries is written down.

An audit hook sees every socket that Python makes, whichever library asks for it. Sockets between processes of one
machine (AF_UNIX) stay open.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

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
_MOST = 20

_notes: list[Path] = []


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
    _notes.append(Path(name))
    sys.addaudithook(_hook)


def attempts() -> list[str]:
    """Return where somebody tried to go, each with the line of code that asked, oldest first."""
    if not _notes or not _notes[0].exists():
        return []
    return list(dict.fromkeys(_notes[0].read_text(encoding="utf-8").splitlines()))[:_MOST]


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
    elif event == "subprocess.Popen" and (program := _program(arguments[1])) in _PROGRAMS:
        _refuse(f"the program {program}")


def _refuse(where: str) -> None:
    line = f"{where} from {_asker()}"
    with _notes[0].open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    raise NetworkIsShut(f"the network is shut while a plugin is checked: {line}")


def _shown(where: object) -> str:
    if isinstance(where, tuple) and len(where) > 1:
        return f"{where[0]}:{where[1]}"
    return os.fsdecode(where) if isinstance(where, bytes) else str(where)


def _program(command: object) -> str:
    first = command[0] if isinstance(command, list | tuple) and command else command
    return Path(os.fsdecode(first)).name if isinstance(first, str | bytes | os.PathLike) else ""


def _asker() -> str:
    """Return file, line and function of the nearest caller outside the standard library and site-packages."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename != __file__]
    library = (str(Path(os.__file__).parent), "<frozen")
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith(library)]
    frame = (own or frames)[-1]
    return f"{frame.filename}:{frame.lineno} ({frame.name})"
