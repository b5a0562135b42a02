"""Where a text mentions somebody: what of it is shown to them, and what is left once they are erased from it.

The text is about others too, so of what surrounds a mention only some words are shown, and the numbers and addresses
among them, which are somebody else's, are masked.
"""

import re
from collections.abc import Iterator, Sequence

from connectors.sql.traces import Trace
from habeas.domain.records import Masked

AROUND = 60
"""Characters on either side of a mention."""
MASK = "[…]"

Masking = tuple[Masked, str]
"""What was masked, and what stood there."""

_OF_OTHERS = re.compile(r"\S+(?:@|%40)\S+|\+?\d(?:[\s().\-]{0,3}\d){5,}")


def passage(text: str, traces: Sequence[Trace], notes: list[Masking] | None = None) -> str:
    """The mentions with the words around them, in order, the rest masked; `notes` take what was masked in them."""
    shown: list[str] = []
    at = 0

    def mask(match: re.Match[str]) -> str:
        if notes is not None:
            notes.append((Masked.EMAIL if re.search("@|%40", match.group()) else Masked.CONTACT, match.group()))
        return MASK

    for start, end in _windows(text, traces):
        if start > at:
            shown.append(MASK)
        inside = [each for each in _apart(traces) if start <= each[0] < end]
        begin = start
        part = ""
        for first, last in inside:
            part += _OF_OTHERS.sub(mask, text[begin:first]) + text[first:last]
            begin = last
        shown.append((part + _OF_OTHERS.sub(mask, text[begin:end])).strip())
        at = end
    if at < len(text):
        shown.append(MASK)
    return " ".join(shown)


def without(text: str, traces: Sequence[Trace], mark: str) -> str:
    """The text with the mark in place of each mention, every other character as it was."""
    parts: list[str] = []
    at = 0
    for start, end in _apart(traces):
        parts += (text[at:start], mark)
        at = end
    return "".join((*parts, text[at:]))


def _windows(text: str, traces: Sequence[Trace]) -> Iterator[tuple[int, int]]:
    """What is shown, from word to word; windows that touch are one."""
    open_from, open_to = -1, -1
    for first, last in _apart(traces):
        start = _word_after(text, first - AROUND, first)
        end = _word_before(text, last, last + AROUND)
        if start <= open_to:
            open_to = max(open_to, end)
            continue
        if open_to >= 0:
            yield open_from, open_to
        open_from, open_to = start, end
    if open_to >= 0:
        yield open_from, open_to


def _word_after(text: str, at: int, until: int) -> int:
    """Where the first whole word from there on begins."""
    if at <= 0:
        return 0
    blank = re.compile(r"\s").search(text, at - 1, until)
    return blank.end() if blank else until


def _word_before(text: str, since: int, at: int) -> int:
    """Where the last whole word until there ends."""
    if at >= len(text):
        return len(text)
    blanks = list(re.compile(r"\s").finditer(text, since, at + 1))
    return blanks[-1].start() if blanks else since


def _apart(traces: Sequence[Trace]) -> list[tuple[int, int]]:
    """The places in order, those that overlap as one."""
    places: list[tuple[int, int]] = []
    for each in sorted(traces, key=lambda each: (each.start, each.end)):
        if places and each.start < places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], each.end))
        else:
            places.append((each.start, each.end))
    return places
