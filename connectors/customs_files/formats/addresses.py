"""Mail headers: addresses with the names beside them, encoded words (RFC 2047)."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import Header, decode_header

from connectors.customs_files.notations import MAIL_ADDRESS, MAIL_PHRASE, PLAIN, EightBit, Whole
from connectors.customs_files.passages import MARK, Notation, Passage, Piece
from connectors.customs_files.roles import Role

_WORD = re.compile(r"=\?[^?\s]+\?[BbQq]\?[^?]*\?=(?:\s+=\?[^?\s]+\?[BbQq]\?[^?]*\?=)*")
_ENTRY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|<[^>]*>|[^,;"(<]|["(<])+', re.DOTALL)
_ANGLE = re.compile(r"<\s*(?:mailto:)?([^<>\s]+)\s*>")
_BARE = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")
_COMMENT = re.compile(r"\(((?:[^()\\]|\\.)*)\)")
_GROUP = re.compile(r"[^:<>@\",]+:")


def _decoded(raw: str) -> str:
    try:
        runs = decode_header(re.sub(r"\r?\n", "", raw))
    except HeaderParseError:
        return raw
    return "".join(_text(run, charset) for run, charset in runs)


def _text(run: bytes | str, charset: str | None) -> str:
    if isinstance(run, str):
        return run
    try:
        return run.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return run.decode("utf-8", "habeas-windows-1252")


def _encoded(text: str) -> str:
    return f'"{MARK}"' if text == MARK else Header(text, "utf-8").encode()


ENCODED_WORDS = Whole(_decoded, _encoded)
_EIGHT_BIT = EightBit()


def header_passage(text: str, start: int, stop: int, name: str) -> Passage:
    """The value of a header, encoded words read."""
    return _passage(text, (start, stop), name, None, PLAIN)


def entries(text: str, start: int, stop: int, header: str) -> Iterator[list[Passage]]:
    """Each address of a header with the name beside it."""
    at = start
    group = _GROUP.match(text, start, stop)
    if group and ";" in text[start:stop]:
        yield [header_passage(text, start, group.end() - 1, header)]
        at = group.end()
    for entry in _ENTRY.finditer(text, at, stop):
        if entry[0].strip():
            passages = list(_entry(text, *entry.span(), header))
            yield [each for each in passages if each.text.strip()]


def _entry(text: str, start: int, stop: int, header: str) -> Iterator[Passage]:
    angle = _ANGLE.search(text, start, stop)
    if angle:
        yield _name(text, start, angle.start(), header)
        yield _passage(text, angle.span(1), f"{header} address", Role.EMAIL, MAIL_ADDRESS)
        rest = (angle.end(), stop)
    else:
        bare = _BARE.search(text, start, stop)
        if not bare:
            yield _name(text, start, stop, header)
            return
        yield _passage(text, bare.span(), f"{header} address", Role.EMAIL, MAIL_ADDRESS)
        rest = (bare.end(), stop)
    for comment in _COMMENT.finditer(text, *rest):
        yield _passage(text, comment.span(1), f"{header} name", Role.NAME, PLAIN)


def _name(text: str, start: int, stop: int, header: str) -> Passage:
    raw = text[start:stop]
    bare = raw.strip()
    at = start + raw.find(bare)
    if len(bare) >= 2 and bare[0] == bare[-1] == '"':
        return _passage(text, (at + 1, at + len(bare) - 1), f"{header} name", Role.NAME, PLAIN)
    return _passage(text, (at, at + len(bare)), f"{header} name", Role.NAME, MAIL_PHRASE)


def _passage(text: str, span: tuple[int, int], name: str, role: Role | None, notation: Notation) -> Passage:
    pieces: list[Piece] = []
    texts: list[str] = []
    at, begin = span[0], 0
    runs = [(word.start(), word.end()) for word in _WORD.finditer(text, *span)]
    for word_start, word_stop in [*runs, (span[1], span[1])]:
        for start, stop, kind in ((at, word_start, notation), (word_start, word_stop, ENCODED_WORDS)):
            if start == stop:
                continue
            written = _EIGHT_BIT if kind is not ENCODED_WORDS and not text[start:stop].isascii() else kind
            read, _ = written.read(text[start:stop])
            pieces.append(Piece(begin, begin + len(read), start, stop, written))
            texts.append(read)
            begin += len(read)
        at = word_stop
    return Passage("".join(texts), tuple(pieces), -1, name, role)
