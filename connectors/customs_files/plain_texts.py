"""A content as texts in which whatever reading would bring up stands in one run, without reading it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.formats import edifact, mail_sketches, mails, markup, objects, office_xml, pages, vcards
from connectors.customs_files.formats.mixed import may_be_mixed, may_hold_text
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import HTML, JSON, VCARD, XML
from connectors.customs_files.notations import edifact as edifact_notation
from connectors.customs_files.passages import Part

_TAG = re.compile(r"<(?:\?.*?\?>|(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Escaped twice, or markup in a value: a document within the document.
_ESCAPED_MARKUP = re.compile(r"&amp;#?\w+;|&(?:lt|#0*60|#[xX]0*3[cC]);\s*[A-Za-z_:?!]")
_EDIFACT = edifact_notation("?")
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """`packs` is set if the first text may hold documents in base64; `parts` are to be looked at each for itself."""

    texts: Sequence[str]
    packs: bool = False
    parts: Sequence[Part] = ()


def plain_texts(part: Part) -> PlainTexts | None:
    """The texts of a content, None if they can't be told without reading it. Raises UnreadableError."""
    content = part.content
    if part.reader is not None or content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_office(part) if part.reader is office_xml.read else None
    try:
        decoded = markup.decoded_markup(content, part.charset)
    except UndecodableError:
        return None
    if decoded is None:
        return None
    text = decoded.text
    if vcards.begins(text):
        return _of_cards(text)
    if edifact.begins(text):
        return _of_interchange(text)
    if pages.begins(text):
        return None
    if mails.is_mail(text[:8192]) or part.media_type == "message/rfc822":
        return _of_mail(content)
    if markup.begins(text):
        return _of_markup(text)
    if objects.begins(text):
        return _of_json(text)
    return PlainTexts([text])


def _of_office(part: Part) -> PlainTexts | None:
    """As it stands, where it holds attributes alone: what its paragraphs join takes reading to tell."""
    try:
        decoded = markup.decoded_markup(part.content, part.charset)
    except UndecodableError:
        return None
    if decoded is None or not markup.begins(decoded.text):
        return None
    text = decoded.text
    markup.check(text)
    if may_hold_text(text):
        return None
    return PlainTexts([XML.text(text) if "&" in text else text])


def _of_cards(text: str) -> PlainTexts | None:
    """As it stands, for what is not escaped, and without escapes. Lines that are folded are no matter."""
    if "quoted-printable" in text.lower():
        return None
    return PlainTexts([text, VCARD.text(text)] if "\\" in text else [text])


def _of_interchange(text: str) -> PlainTexts | None:
    if not text.isascii() or not edifact.is_usual(text):
        return None
    return PlainTexts([text, _EDIFACT.text(text)] if "?" in text else [text])


def _of_mail(content: bytes) -> PlainTexts | None:
    if not mails.is_mail(content[:8192].decode("latin-1")):
        return None
    sketch = mail_sketches.sketch(content, _LIMITS)
    return None if sketch is None else PlainTexts(sketch.texts, parts=sketch.parts)


def _of_markup(text: str) -> PlainTexts | None:
    """As it stands, for attributes and comments; and without tags, for what they may interrupt."""
    markup.check(text)
    if "\\" in text or "<![CDATA[" in text or ("&" in text and _ESCAPED_MARKUP.search(text)):
        return None
    if not may_be_mixed(text):
        return PlainTexts([XML.text(text) if "&" in text else text], packs=True)
    bare = _TAG.sub("", _COMMENT.sub("", text) if "<!--" in text else text)
    return PlainTexts([XML.text(text), XML.text(bare)] if "&" in text else [text, bare], packs=True)


def _of_json(text: str) -> PlainTexts | None:
    """Without escapes, and without the tags of markup in strings."""
    if not _is_json(text) or "\\\\" in text:
        return None
    plain = JSON.text(text) if "\\" in text else text
    if "<" not in plain:
        return PlainTexts([plain], packs=True)
    shown = HTML.text(plain) if "&" in plain else plain
    return PlainTexts([plain, shown, _TAG.sub("", shown)], packs=True)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
