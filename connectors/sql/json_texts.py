"""JSON by paths: what stands there, and putting something else there while every other character stays.

Paths read `customer.email`, `phones[*]`, `lines[0].name`; a key with a dot in it stands in quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from habeas.domain.records import Scalar

Step = str | int | None
"""A key, a position, or None for every element of a list."""
Path = tuple[Step, ...]

_STEP = re.compile(r'(?:^|\.)"((?:[^"\\]|\\.)+)"|(?:^|\.)([^.\[\]"]+)|\[(\*|\d+)\]')
_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(parse_float=str)


@lru_cache(maxsize=4096)
def parse_path(path: str) -> Path:
    """Raises ValueError if it is none."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        part = _STEP.match(path, at)
        if part is None:
            raise ValueError(f"{path} is no path: write it as customer.phones[*]")
        quoted, key, position = part.groups()
        if position is not None:
            steps.append(None if position == "*" else int(position))
        else:
            steps.append(json.loads(f'"{quoted}"') if quoted else key)
        at = part.end()
    if not steps:
        raise ValueError("a path is empty")
    return tuple(steps)


def is_json(text: str) -> bool:
    """True if it is valid JSON, of a depth that can be read."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def held(text: str, path: Path) -> list[str]:
    """What stands there, as it is written; without what is empty."""
    found = [text[start:end] for start, end in _spans(text, _blank(text, 0), path)]
    return [each for each in found if each != "null"]


def value(written: list[str], path: Path) -> Scalar:
    """It as a record has it: several as JSON again, None if nothing stands there."""
    if not written:
        return None
    if None in path:
        return f"[{', '.join(written)}]"
    last = written[-1]  # of a key that comes twice the last one counts
    match last[0]:
        case '"':
            return str(json.loads(last))
        case "{" | "[":
            return None if re.fullmatch(r"[{\[]\s*[}\]]", last) else last
        case "t" | "f":
            return last == "true"
        case _:
            return _number(last)


def changed(text: str, new: Mapping[Path, str | None]) -> str:
    """The text with something else, as JSON, at each path that it has; None empties: null, or no elements."""
    spans: list[tuple[int, int, str]] = []
    for path, written in new.items():
        every = written is None and path[-1] is None
        for start, end in _spans(text, _blank(text, 0), path[:-1] if every else path):
            if not every:
                spans.append((start, end, "null" if written is None else written))
            elif text[start] == "[" and text[start + 1 : end - 1].strip():
                spans.append((start, end, "[]"))
    spans.sort(key=lambda each: (each[0], -each[1]))
    parts: list[str] = []
    at = 0
    for start, end, written in spans:
        if start >= at:  # else it is within what has gone already
            parts += (text[at:start], written)
            at = end
    return "".join((*parts, text[at:]))


def as_written(new: str, before: list[str]) -> str:
    """A correction, which comes as text, in the type of what it replaces."""
    kind = before[-1][0] if before else '"'
    if kind in "-0123456789" and re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", new):
        return new
    if kind in "tf" and new in {"true", "false"}:
        return new
    return json.dumps(new, ensure_ascii=False)


def _number(written: str) -> Scalar:
    if re.fullmatch(r"-?\d{1,18}", written):
        return int(written)
    number = float(written)
    return number if repr(number) == written else written  # a long amount is shown as it stands


def _spans(text: str, at: int, path: Path) -> Iterator[tuple[int, int]]:
    if not path:
        yield at, _end(text, at)
        return
    step = path[0]
    if isinstance(step, str) and text[at] == "{":
        for key, start in _members(text, at):
            if key == step:
                yield from _spans(text, start, path[1:])
    elif not isinstance(step, str) and text[at] == "[":
        for position, start in enumerate(_elements(text, at)):
            if step is None or step == position:
                yield from _spans(text, start, path[1:])


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    at = _blank(text, at + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        start = _blank(text, _blank(text, at) + 1)
        yield key, start
        at = _blank(text, _end(text, start))
        if text[at] == "}":
            return
        at = _blank(text, at + 1)


def _elements(text: str, at: int) -> Iterator[int]:
    at = _blank(text, at + 1)
    while text[at] != "]":
        yield at
        at = _blank(text, _end(text, at))
        if text[at] == ",":
            at = _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    assert blank is not None
    return blank.end()


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def elements(text: str, path: Path) -> int:
    """How many are in the list that stands there, 0 if it is none."""
    return sum(1 for _ in _spans(text, _blank(text, 0), (*path, None)))
