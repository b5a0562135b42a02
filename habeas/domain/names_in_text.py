"""Whose name stands with an e-mail address in a text: before it in angles, or as words that the address is made of."""

import re
from collections.abc import Iterator, Sequence

_QUOTED_BEFORE = re.compile(r"\"([^\"\n<>]{2,60})\",?\s*<\Z")
_WORD = re.compile(r"[^\W\d_][\w'\u2019.-]*[^\W_]|[^\W\d_]")
_PARTICLES = frozenset(("de", "da", "di", "del", "der", "den", "van", "von", "af", "la", "le", "el", "al", "bin"))
_OFFICES = frozenset(
    ("info", "sales", "support", "office", "admin", "post", "mail", "contact", "accounts", "service", "team", "noreply")
)
_WORDS_MAX = 4


def name_words(text: str) -> list[re.Match[str]]:
    """The words of a text that could be names' by their letters."""
    return list(_WORD.finditer(text))


def names_of(text: str, address: re.Match[str], words: Sequence[re.Match[str]]) -> Iterator[str]:
    """Whose address it is: who stands before it in angles, and words that the address is made of."""
    quoted = _QUOTED_BEFORE.search(text, max(0, address.start() - 70), address.start())
    if quoted is not None:
        yield quoted[1]
    local = re.split("@|%40", address.group().casefold())[0]
    in_angles = text[: address.start()].endswith("<")
    run: list[re.Match[str]] = []
    for word in words:
        if run and text[run[-1].end() : word.start()].strip(" "):
            yield from _named(text, run, local)
            run = []
        if word.end() > address.start() and not run and word.start() < address.end():
            continue
        if word[0][0].isupper() or (run and word[0] in _PARTICLES):
            run.append(word)
        else:
            yield from _named(text, run, local)
            run = []
        beside = address.start() - word.end()
        if in_angles and run and 0 < beside <= 3 and not text[word.end() : address.start()].strip(" ,<"):
            yield text[run[-_WORDS_MAX:][0].start() : word.end()]
    yield from _named(text, run, local)


def _named(text: str, run: Sequence[re.Match[str]], local: str) -> Iterator[str]:
    """The words of a run that are in an address: whole ones, and beside them one by its initial."""
    if local in _OFFICES:
        return
    whole = [number for number, word in enumerate(run) if len(word[0]) > 2 and word[0].casefold() in local]
    if whole:
        first, last = whole[0], whole[-1]
        if first and run[first - 1][0][0].casefold() == local[0]:
            first -= 1
        yield text[run[first].start() : run[last].end()]
