"""A mail as a first look needs it: in a fraction of the time that reading takes."""

from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from functools import lru_cache
from re import Match

from connectors.customs_files.encodings import Decoded
from connectors.customs_files.formats.mails import HEADER, MailReader, next_mails
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Document, Part

_ABOUT_BODIES = {"content-type", "content-transfer-encoding", "content-disposition"}


@dataclass(slots=True)
class Sketch:
    """What a first look needs of a mail: the texts of its headers and asides, and its bodies and attachments."""

    texts: list[str]
    parts: list[Part]


def sketch(content: bytes, limits: Limits) -> Sketch | None:
    """A mail without its structure; None if it takes reading to tell. Raises UnreadableError."""
    document = Document("mail", Decoded(content, content.decode("latin-1"), "latin-1", 0))
    if next_mails(document.decoded.text):
        return None
    reader = _Sketcher(document, limits)
    reader.entity(0, len(content), 0)
    texts = [*reader.heads, *(each.text for each in document.passages)]
    return None if document.gaps else Sketch(texts, document.parts)


@lru_cache(maxsize=1024)
def _about_body(headers: str) -> "Message[str, str]":
    """Parsed; not to be changed, for most mails say the same of their bodies."""
    return message_from_string(headers)


class _Sketcher(MailReader):
    """Reads only such headers as do not stand in the bytes as they are meant."""

    def __init__(self, document: Document, limits: Limits) -> None:
        super().__init__(document, limits)
        self.heads: list[str] = []

    def _parsed(self, start: int, stop: int) -> "Message[str, str]":
        self.heads.append(self.text[start:stop])
        headers = list(HEADER.finditer(self.text, start, stop))
        if any(self.text[each.end("name")] != ":" for each in headers):
            return super()._parsed(start, stop)  # the parser takes a blank before the colon for the end of the headers
        return _about_body("".join(each[0] for each in headers if each["name"].lower() in _ABOUT_BODIES))

    def _header(self, header: Match[str]) -> None:
        if "=?" in header["value"] or not header["value"].isascii():
            super()._header(header)
