"""ABC notation: split a file into tunes, keep what is music, and read the staff steps between successive notes."""

import re
from collections.abc import Iterator
from itertools import pairwise

_KEPT_FIELDS = ("M", "L", "K")
_FIELD = re.compile(r"^([A-Za-z]):\s*(.*?)\s*(?:%.*)?$")
_TUNE_START = re.compile(r"^X:", re.MULTILINE)
_VOICE = re.compile(r"^V:\s*2|\[V:", re.MULTILINE)
_ANNOTATION = re.compile(r'"[^"\n]*"|![^!\n|]*!|(?<!\\)%.*|\\$')
_INLINE_FIELD = re.compile(r"\[[A-Za-z]:[^\]\n]*\]")
_BOW_MARKS = re.compile(r"[uvk`!]")
_AROUND_BAR = re.compile(r" *\| *")
_KEY = re.compile(r"^([A-G][#b]?)\s*([A-Za-z]*)")
_MODES = {"maj": "", "min": "m", "m": "m", "mix": "mix", "dor": "dor", "phr": "phr", "lyd": "lyd", "loc": "loc"}
_GRACE = re.compile(r"\{[^}]*\}")
_CHORD = re.compile(r"\[([^\]|:\n]*)\]")
_NOTE = re.compile(r"([A-Ga-g])([,']*)")


def tunes(text: str) -> Iterator[str]:
    """Yield the one-voice tunes of an ABC file as M, L and K fields followed by the music.

    Titles, notes, sources, lyrics, tempo, comments, quoted annotations, decorations in ``!``, bow marks, line
    continuations and spaces around bar lines are left out. Keys are written in one way: ``E Minor`` becomes ``Em``.
    """
    text = _unquoted_printable(text)
    starts = [match.start() for match in _TUNE_START.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        tune = text[start:end].split("\n\n")[0]
        if not _VOICE.search(tune):
            yield _in_order([line for line in map(_clean, tune.splitlines()) if line])


def key_name(text: str) -> str:
    """Return a key's name in its short form: tonic and, unless major, mode."""
    match = _KEY.match(text)
    if not match:
        return text.split("%")[0].strip()
    mode = match[2].lower()
    return match[1] + _MODES.get(mode[:3], _MODES.get(mode[:1], ""))


def staff_steps(tune: str) -> list[int]:
    """Return the steps on the staff between successive notes: 0 for the same line, 7 for an octave up.

    Steps do not change when a tune is moved to another key, nor with accidentals or mode. Grace notes are skipped and
    of a chord the first note counts.
    """
    music = "\n".join(line for line in tune.splitlines() if not _FIELD.match(line))
    music = _CHORD.sub(lambda chord: _first_note(chord[1]), _GRACE.sub("", _INLINE_FIELD.sub("", music)))
    heights = [_height(letter, octave) for letter, octave in _NOTE.findall(music)]
    return [after - before for before, after in pairwise(heights)]


def _in_order(lines: list[str]) -> str:
    """Return metre, unit and key in this order, then the music, which begins after the first key."""
    key = next((number for number, line in enumerate(lines) if line.startswith("K:")), len(lines) - 1)
    fields = {line[0]: line for line in lines[: key + 1] if _FIELD.match(line)}
    return "\n".join([*(fields[name] for name in _KEPT_FIELDS if name in fields), *lines[key + 1 :]])


def _unquoted_printable(text: str) -> str:
    """Undo what mail programs did to some files: a line cut after ``=``, a space as ``=20``, an ``=`` as ``=3D``."""
    return text.replace("=\n", "").replace("=20", "").replace("=3D", "=")


def _clean(line: str) -> str:
    field = _FIELD.match(line)
    if field is None:
        music = _BOW_MARKS.sub("", _INLINE_FIELD.sub("", _ANNOTATION.sub("", line)))
        return _AROUND_BAR.sub("|", " ".join(music.split()))
    name, value = field[1], field[2]
    if name not in _KEPT_FIELDS:
        return ""
    return f"{name}:{key_name(value) if name == 'K' else value}"


def _first_note(chord: str) -> str:
    note = _NOTE.search(chord)
    return note[0] if note else ""


def _height(letter: str, octave: str) -> int:
    step = "CDEFGAB".index(letter.upper()) + (7 if letter.islower() else 0)
    return step + 7 * octave.count("'") - 7 * octave.count(",")
