"""Output that cannot stop a program: whatever the terminal's encoding, and whether or not anybody reads."""

import codecs
import io
import os
import select
import sys
import unicodedata
from typing import Any, TextIO

_HANDLER = "earlyexp-typed"
# What we print and an encoding may lack, as it would be typed.
_TYPED = {
    **{"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "...", "·": ".", "•": "*", "∞": "inf"},
    **{"–": "-", "—": "-", "−": "-", "→": "->", "←": "<-", "×": "x", "±": "+-", "≤": "<=", "≥": ">=", "≈": "~"},
}
_LOWER, _CAPITAL = "GREEK SMALL LETTER ", "GREEK CAPITAL LETTER "


class UnbreakableFile(io.FileIO):
    """A file that takes all that is written to it, and remembers why some of it was lost.

    Attributes:
        lost: The first error of writing; None while there was none.
    """

    lost: OSError | None = None

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write what can be written, and say that all was."""
        try:
            while (written := super().write(data)) is None:  # somebody made the terminal non-blocking
                select.select([], [self], [])
        except OSError as error:
            self.lost = self.lost or error
            return len(data)
        return written


def steady_output() -> UnbreakableFile:
    """Let no print of this process raise, on standard output or error; return what standard output writes to.

    Characters that the encoding lacks are written as they would be typed. A stream that is closed gets the null device,
    before a file of ours gets its number.
    """
    for descriptor in range(3):
        _open(descriptor)
    codecs.register_error(_HANDLER, _type_instead)
    output, errors = UnbreakableFile(1, "w", closefd=False), UnbreakableFile(2, "w", closefd=False)
    sys.stdout = _text(output, sys.stdout, by_line=output.isatty())
    sys.stderr = _text(errors, sys.stderr, by_line=True)
    return output


def speaks_unicode() -> bool:
    """Tell whether standard output takes every character: what a program reads must not be typed in another way."""
    return codecs.lookup(sys.stdout.encoding or "ascii").name.startswith("utf")


def restart_if_unfit() -> None:
    """Start this process over where variables left in the shell keep the interpreter from what we need of it.

    Names of files are UTF-8: YAML files name files so, and workers read so what they are told; what is printed stays in
    the terminal's encoding. And docstrings are there: libraries that draw the page build their classes from them.
    """
    if sys.flags.ignore_environment:
        return
    changed = _utf8() | ({"PYTHONOPTIMIZE": ""} if sys.flags.optimize > 1 and os.environ.get("PYTHONOPTIMIZE") else {})
    if changed:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | changed)


def _utf8() -> dict[str, str]:
    if sys.getfilesystemencoding() == "utf-8" or "PYTHONUTF8" in os.environ:
        return {}
    stream = sys.stdout or sys.stderr
    printed = {"PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING", stream.encoding)} if stream is not None else {}
    return printed | {"PYTHONUTF8": "1"}


def _open(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one
        os.set_inheritable(null, True)


def _text(file: UnbreakableFile, before: TextIO | None, *, by_line: bool) -> TextIO:
    if sys.platform == "win32" and isinstance(before, io.TextIOWrapper):  # its console takes no bytes
        before.reconfigure(errors=_HANDLER)
        return before
    encoding = before.encoding if before is not None else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(file), encoding, _HANDLER, line_buffering=by_line)


def _type_instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(typed, error.object[error.start : error.end])), error.end


def typed(character: str) -> str:
    """Write a character in ASCII: by its sign, its name, without its accent, or by its number."""
    if character in _TYPED:
        return _TYPED[character]
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    name = unicodedata.name(character, "").replace("LAMDA", "LAMBDA")
    if name.startswith(_LOWER):
        return name.removeprefix(_LOWER).split()[0].lower()
    if name.startswith(_CAPITAL):
        return name.removeprefix(_CAPITAL).split()[0].capitalize()
    if name.startswith("BOX DRAWINGS"):
        return "+" if " AND " in name else "|" if "VERTICAL" in name else "-"
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return plain or character.encode("ascii", "backslashreplace").decode("ascii")
