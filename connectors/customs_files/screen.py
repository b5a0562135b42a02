"""A first look that is cheap: might a text hold anything of anybody looked for?

It errs on one side only. What it lets pass unread holds nothing, because `views` gives, for a format, texts in which
everything that reading would bring up stands in one run; where that can't be said, it says so and the text is read.
"""

import re
from collections.abc import Iterator

import orjson

from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.first_look import FirstLook
from connectors.customs_files.formats import edifact, mails, markup, objects, pages, vcards
from connectors.customs_files.literals import Literals
from connectors.customs_files.notations import HTML, JSON, XML
from connectors.customs_files.passages import Part
from connectors.customs_files.people import Names

_TAG = re.compile(r"<\?.*?\?>|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Base64 that may hold a document; `reading` unpacks only what has a first line as long as this.
_PACKED = re.compile(r"[\">']\s*[A-Za-z0-9+/]{40}")
_ESCAPED_TWICE = re.compile(r"&amp;#?\w+;|\\u|<!\[CDATA\[")


class Screen:
    """The first look for some people."""

    def __init__(self, literals: Literals, names: Names) -> None:
        self._look = FirstLook(literals.forms, names.needed())

    def part(self, part: Part) -> bool:
        """False only if reading the content would find nobody. Raises UnreadableError if it can't be searched."""
        texts = views(part)
        return texts is None or any(map(self._look.may_hold, texts))

    def rows(self, text: str) -> bool:
        """False only if nobody is in these rows of a table."""
        return self._look.may_hold(text)


class Rows:
    """Which runs of rows were wanted when a content was read, so that it is read the same way again."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._kept: list[bool] = []

    def part(self, part: Part) -> bool:
        """Every part is read."""
        del part
        return True

    def rows(self, text: str) -> bool:
        """As the screen says."""
        self._kept.append(self._screen.rows(text))
        return self._kept[-1]

    def again(self) -> "_Again":
        """The same choice for the content with changes in it."""
        return _Again(iter(self._kept))


class _Again:
    def __init__(self, kept: Iterator[bool]) -> None:
        self._kept = kept

    def part(self, part: Part) -> bool:
        del part
        return True

    def rows(self, text: str) -> bool:
        del text
        return next(self._kept, True)


def views(part: Part) -> list[str] | None:
    """The texts of a content, None if they can't be told without reading it. Raises UnreadableError."""
    content = part.content
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    try:
        decoded = markup.decoded_markup(content, part.charset)
    except UndecodableError:
        return None
    if decoded is None:
        return None
    text = decoded.text
    if vcards.begins(text) or edifact.begins(text) or pages.begins(text) or mails.is_mail(text[:8192]):
        return None
    if markup.begins(text):
        return _of_markup(text)
    if objects.begins(text):
        return _of_json(text)
    return None if "-----BEGIN PGP MESSAGE" in text else [text]


def _of_markup(text: str) -> list[str] | None:
    """As it stands, for attributes and comments; and without tags, for what they interrupt."""
    markup.check(text)
    if _ESCAPED_TWICE.search(text):
        return None
    bare = _TAG.sub("", _COMMENT.sub("", text))
    texts = [XML.text(text), XML.text(bare)] if "&" in text else [text, bare]
    return None if _PACKED.search(texts[0]) else texts


def _of_json(text: str) -> list[str] | None:
    """Without escapes, and without the tags of markup in strings."""
    if not _is_json(text) or "\\\\" in text:
        return None
    plain = JSON.text(text) if "\\" in text else text
    if _PACKED.search(plain):
        return None
    if "<" not in plain:
        return [plain]
    shown = HTML.text(plain) if "&" in plain else plain
    return [plain, shown, _TAG.sub("", shown)]


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
