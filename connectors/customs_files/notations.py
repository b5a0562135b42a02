"""The ways in which files write text: escapes, and where each character of the text stands in what is written."""

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.customs_files.encodings import UndecodableError, decode
from connectors.customs_files.passages import MARK, replaced


@dataclass(frozen=True, slots=True)
class Plain:
    """As it stands."""

    mark: str = MARK
    whole: bool = False

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        return raw, range(len(raw) + 1)

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        return replaced(raw, ranges)


@dataclass(frozen=True, slots=True)
class Escaped:
    """Text in which a pattern stands for other characters."""

    escape: re.Pattern[str]
    meaning: Callable[[str], str]
    mark: str = MARK
    whole: bool = False

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        text: list[str] = []
        places: list[int] = []
        at = 0
        for each in self.escape.finditer(raw):
            text.append(raw[at : each.start()])
            places.extend(range(at, each.start()))
            stands_for = self.meaning(each[0])
            text.append(stands_for)
            places.extend([each.start()] * len(stands_for))
            at = each.end()
        text.append(raw[at:])
        places.extend(range(at, len(raw) + 1))
        return "".join(text), places

    def text(self, raw: str) -> str:
        """The text alone."""
        return self.escape.sub(lambda each: self.meaning(each[0]), raw)

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        return replaced(raw, ranges)


@dataclass(frozen=True, slots=True)
class Whole:
    """Text whose pieces can only be written anew as a whole."""

    decode: Callable[[str], str]
    encode: Callable[[str], str]
    mark: str = MARK
    whole: bool = True

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        text = self.decode(raw)
        return text, [0] * len(text) + [len(raw)]

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        return self.encode(replaced(self.decode(raw), ranges))


_XML_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _xml_reference(reference: str) -> str:
    name = reference[1:-1]
    if name.startswith("#"):
        return chr(int(f"0{name[1:]}", 0) if name[1] in "xX" else int(name[1:]))
    return _XML_NAMED.get(name, reference)


def _json_escape(escape: str) -> str:
    return str(json.loads(f'"{escape}"'))


_VCARD = {"n": "\n", "N": "\n"}


def _vcard_escape(escape: str) -> str:
    return "" if escape[0] in "\r\n" else _VCARD.get(escape[1], escape[1])


PLAIN = Plain()
XML = Escaped(re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z]+);"), _xml_reference)
HTML = Escaped(re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);?"), html.unescape)
JSON = Escaped(
    re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)"), _json_escape
)
JSON_LITERAL = Whole(lambda raw: "" if raw in {"null", "true", "false"} else raw, lambda _: "null", mark="null")
# A number that must stay one, the result of a formula: nought is nobody's.
NUMBER = Whole(lambda raw: "" if raw == "0" else raw, lambda _: "0", mark="0")
CSV_QUOTED = {quote: Escaped(re.compile(quote * 2), lambda each: each[0]) for quote in "\"'"}
VCARD = Escaped(re.compile(r"\\(?s:.)|\r?\n[ \t]"), _vcard_escape)
MAIL_ADDRESS = Plain(mark="erased@erased.invalid")
MAIL_PHRASE = Plain(mark=f'"{MARK}"')


def edifact(release: str) -> Escaped:
    """EDIFACT's release character; its marks keep to the character set of UNOA."""
    return Escaped(re.compile(re.escape(release) + r"(?s:.)"), lambda each: each[1], mark="ERASED")


@dataclass(frozen=True, slots=True)
class QuotedPrintable:
    """RFC 2045 quoted-printable within a text (vCard 2.1)."""

    charset: str
    mark: str = MARK
    whole: bool = False

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        if not raw.isascii():
            return raw, range(len(raw) + 1)
        content, places = quoted_printable(raw.encode())
        return _characters(content, places, self.charset, raw)

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        return replaced(raw, ranges)


@dataclass(frozen=True, slots=True)
class EightBit:
    """Bytes of some encoding in a text that was read byte by byte (mail headers)."""

    mark: str = MARK
    whole: bool = False

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        content = raw.encode("latin-1")
        return _characters(content, range(len(content) + 1), "utf-8", raw)

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        return replaced(raw, ranges)


_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n|\Z)")


def quoted_printable(raw: bytes) -> tuple[bytes, list[int]]:
    """The bytes that quoted-printable stands for, and where each begins, with the end."""
    out = bytearray()
    places: list[int] = []
    at = 0
    for each in _QUOTED.finditer(raw):
        out += raw[at : each.start()]
        places.extend(range(at, each.start()))
        if each[1]:
            out.append(int(each[1], 16))
            places.append(each.start())
        at = each.end()
    out += raw[at:]
    places.extend(range(at, len(raw) + 1))
    return bytes(out), places


def _characters(content: bytes, places: Sequence[int], charset: str, raw: str) -> tuple[str, Sequence[int]]:
    """Decode bytes whose places in `raw` (as UTF-8 or Latin-1) are known."""
    try:
        decoded = decode(content, charset)
    except UndecodableError:
        decoded = decode(content)
    if decoded is None:
        return raw, range(len(raw) + 1)
    inner = [places[decoded.byte(index)] for index in range(len(decoded.text))] + [places[-1]]
    if decoded.mark_bytes and inner:
        inner[0] = 0
    return decoded.text, inner


@dataclass(frozen=True, slots=True)
class Standing:
    """What an element stands for, a tab or the end of a line: read as text, and written as nothing."""

    text: str
    mark: str = ""
    whole: bool = False

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        del raw
        return self.text, [0] * (len(self.text) + 1)

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        del ranges
        return raw
