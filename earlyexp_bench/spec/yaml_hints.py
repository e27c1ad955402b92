"""What would be right where a text is not YAML: mostly quotes, around what YAML takes for its own signs."""

import re

import yaml

SIGNS = "*&!%@`|>{[?\"'"  # what YAML reads as more than text at the start of a value
_VALUE = re.compile(r"\s*(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s#:\"'{\[][^:#]*?) *:\s+(?P<value>.*?)\s*$")


def what_is_right(text: str, error: yaml.MarkedYAMLError) -> str:
    """Say what to write instead.

    Args:
        text: All of it.
        error: What PyYAML, or our reading of its nodes, says is wrong.
    """
    marks = [mark for mark in (error.context_mark, error.problem_mark) if mark]
    lines = [_line(text, mark) for mark in marks]
    if any(opening in line for line in lines for opening in ("{{", "{%")):
        return "what `{{ … }}` stands for, or quotes around it: a benchmark is no template"
    if r"'\t'" in str(error.problem):
        return "spaces, where there are tabs"
    opened = "; the bracket that was opened may lie further up" if "flow" in str(error.context) else ""
    for mark in marks:
        if mark.column and (said := _from(text, mark))[:1] and said[0] in "*&!%@`|>":
            return f"{quoted(said)}, in quotes, if this is text{opened}"
    if (found := _VALUE.match(lines[-1] if lines else "")) and _needs_quotes(found["value"]):
        return f"{quoted(found['value'])}, in quotes, if this is text{opened}"
    return f"YAML{opened}"


def quoted(text: str) -> str:
    """Put quotes around a text, such that YAML reads the same text."""
    if re.search(r"[\\\"]", text):
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _line(text: str, mark: yaml.Mark) -> str:
    return text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""


def _from(text: str, mark: yaml.Mark) -> str:
    """What begins at a mark, up to what ends it in its line; `{a: *.txt, b: 1}` ends it with the comma."""
    rest = text[mark.index :].partition("\n")[0]
    before = text[: mark.index].rpartition("\n")[2]
    inside = before.count("{") + before.count("[") > before.count("}") + before.count("]")
    return re.split(r"[,}\]]| #", rest)[0].strip() if inside else rest.strip()


def _needs_quotes(value: str) -> bool:
    return value[:1] in tuple(SIGNS) or ": " in value
