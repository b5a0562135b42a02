"""Mails (RFC 5322, MIME): headers, and every body and attachment as a part of its own."""

import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from email import message_from_string
from email.errors import MessageError
from email.message import Message
from typing import NamedTuple

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.formats.addresses import entries, header_passage
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import PLAIN, quoted_printable
from connectors.customs_files.passages import (
    Changed,
    Document,
    Edit,
    Gap,
    Part,
    Passage,
    Piece,
    UnreadableError,
)

HEADER = re.compile(r"(?P<name>[!-9;-~]+)[ \t]*:(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)(?:\r?\n|\Z)")
_ENVELOPE = re.compile(r"From [^\r\n]*\r?\n")
_REST_OF_MARK = re.compile(r"(?P<last>--)?[ \t]*(?:\r?\n|\Z)")
_NEXT_MAIL = re.compile(r"(?<=\n)(?=From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )")
_USUAL = {"from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "mime-version", "sender",
          "delivered-to", "content-type", "reply-to", "x-mailer", "content-transfer-encoding", "bcc"}  # fmt: skip
_MAIL_ONLY = {"from", "to", "subject", "date", "message-id", "received", "return-path", "mime-version", "delivered-to"}
_ADDRESSES = {
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "return-path",
    "delivered-to",
    "errors-to",
    "x-original-to",
    "envelope-to",
    "disposition-notification-to",
    "return-receipt-to",
    "mail-followup-to",
    "x-envelope-from",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-sender",
    "apparently-to",
    "x-sender",
}


def read(content: bytes, asked: Asked) -> Document | None:
    """Read a mail or a mailbox file; None if it is none."""
    if not is_mail(content[:8192].decode("latin-1")):
        return None
    decoded = Decoded(content, content.decode("latin-1"), "latin-1", 0)
    document = Document("mail", decoded)
    starts = [0, *next_mails(decoded.text)]
    if len(starts) > 1:
        for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
            document.parts.append(Part(f"mail {number}", content[start:stop], _shifted(start)))
        return document
    MailReader(document, asked.limits).entity(0, len(content), 0)
    for unit, passage in enumerate(document.passages):
        passage.unit = passage.unit if passage.unit >= 0 else unit
    return document


def next_mails(text: str) -> list[int]:
    """Where the second mail of a mailbox file begins, and every further one."""
    return [each.start() for each in _NEXT_MAIL.finditer(text)] if "\nFrom " in text else []


def is_mail(head: str) -> bool:
    """True if a text begins as a mail: with headers that mails have, and hardly any others."""
    envelope = _ENVELOPE.match(head)
    at = envelope.end() if envelope else 0
    names = []
    while (header := HEADER.match(head, at)) and header.end() > at:
        names.append(header["name"].lower())
        at = header.end()
    usual = _USUAL.intersection(names)
    return len(usual) >= 2 and bool(usual & _MAIL_ONLY) and len(usual) * 4 >= len(set(names))


class MailReader:
    """One pass over headers and bodies."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document = document
        self.text = document.decoded.text
        self.limits = limits

    def entity(self, start: int, stop: int, depth: int) -> None:
        """Headers, an empty line, a body."""
        if depth > self.limits.nesting_max:
            raise UnreadableError(f"mail parts nested more than {self.limits.nesting_max} deep")
        at = start
        envelope = _ENVELOPE.match(self.text, at, stop)
        if envelope:
            self._add(header_passage(self.text, at, envelope.end(), "From "))
            at = envelope.end()
        while (header := HEADER.match(self.text, at, stop)) and header.end() > at:
            self._header(header)
            at = header.end()
        headers = self._parsed(start if not envelope else envelope.end(), at)
        body = at
        for line_end in ("\r\n", "\n"):
            if self.text.startswith(line_end, at):
                body = at + len(line_end)
                break
        self._body(headers, min(body, stop), stop, depth)

    def _parsed(self, start: int, stop: int) -> "Message[str, str]":
        return message_from_string(self.text[start:stop])

    def _header(self, header: "re.Match[str]") -> None:
        name = header["name"].lower()
        start, stop = header.span("value")
        if name in _ADDRESSES:
            for passages in entries(self.text, start, stop, header["name"]):
                unit = len(self.document.passages)
                for passage in passages:
                    passage.unit = unit
                    self.document.passages.append(passage)
        else:
            self._add(header_passage(self.text, start, stop, header["name"]))

    def _add(self, passage: Passage) -> None:
        if passage.text.strip():
            passage.unit = len(self.document.passages)
            self.document.passages.append(passage)

    def _body(self, headers: "Message[str, str]", start: int, stop: int, depth: int) -> None:
        kind = headers.get_content_type()
        boundary = _boundary(headers)
        if headers.get_content_maintype() == "multipart" and boundary:
            self._multipart(boundary, start, stop, depth)
            return
        if start < stop:
            self._leaf(headers, kind, start, stop)

    def _multipart(self, boundary: str, start: int, stop: int, depth: int) -> None:
        marks = list(_marks(self.text, f"--{boundary}", start, stop))
        self._plain(start, marks[0].begin if marks else stop, "preamble")
        for number, mark in enumerate(marks):
            after = marks[number + 1].begin if number + 1 < len(marks) else stop
            if mark.last:
                self._plain(mark.end, stop, "epilogue")
                return
            self.entity(mark.end, after, depth + 1)

    def _plain(self, start: int, stop: int, name: str) -> None:
        text = self.text[start:stop]
        if text.strip():
            piece = Piece(0, len(text), start, stop, PLAIN)
            self._add(Passage(text, (piece,), -1, name, lines=True))

    def _leaf(self, headers: "Message[str, str]", kind: str, start: int, stop: int) -> None:
        what = "attachment" if headers.get_content_disposition() == "attachment" else "part"
        place = f"{what} {len(self.document.parts) + 1} ({kind})"
        content = self.document.decoded.content[start:stop]
        encoding = str(headers.get("Content-Transfer-Encoding", "7bit")).strip().lower()
        outer: Callable[[Changed], Sequence[Edit]]
        if encoding in {"7bit", "8bit", "binary", ""}:
            outer = _shifted(start)
        elif encoding == "quoted-printable":
            content, places = quoted_printable(content)
            outer = _requoted(start, places)
        elif encoding == "base64":
            raw = content
            try:
                content = binascii.a2b_base64(raw)
            except binascii.Error:
                self.document.gaps.append(Gap(place, "broken base64"))
                return
            outer = rewrapped(start, raw)
        else:
            self.document.gaps.append(Gap(place, "unknown transfer encoding"))
            return
        self.document.parts.append(Part(place, content, outer, headers.get_content_charset(), kind))


class _Mark(NamedTuple):
    """A line that parts the parts of a mail."""

    begin: int
    end: int
    last: bool


def _marks(text: str, line: str, start: int, stop: int) -> Iterator[_Mark]:
    at = start
    while (at := text.find(line, at, stop)) >= 0:
        rest = _REST_OF_MARK.match(text, at + len(line), stop) if text[at - 1 : at] == "\n" else None
        if rest is not None:
            yield _Mark(at, rest.end(), last=bool(rest["last"]))
        at = rest.end() if rest is not None else at + 1


def _boundary(headers: "Message[str, str]") -> str | None:
    try:
        return headers.get_boundary()
    except (MessageError, ValueError, IndexError):
        return None


def _shifted(start: int) -> Callable[[Changed], Sequence[Edit]]:
    def outer(changed: Changed) -> Sequence[Edit]:
        return [Edit(each.start + start, each.stop + start, each.new) for each in changed.edits]

    return outer


def _requoted(start: int, places: Sequence[int]) -> Callable[[Changed], Sequence[Edit]]:
    def outer(changed: Changed) -> Sequence[Edit]:
        return [Edit(start + places[each.start], start + places[each.stop], _quote(each.new)) for each in changed.edits]

    return outer


def _quote(new: bytes) -> bytes:
    return b"".join(bytes([each]) if 32 <= each < 127 and each != 61 else b"=%02X" % each for each in new)


def rewrapped(start: int, raw: bytes) -> Callable[[Changed], Sequence[Edit]]:
    """Base64 is written anew, in lines as long as they were."""
    body = raw.strip()
    begin = start + raw.find(body) if body else start

    def outer(changed: Changed) -> Sequence[Edit]:
        coded = binascii.b2a_base64(changed.content, newline=False)
        line_end = b"\r\n" if b"\r\n" in body else b"\n"
        width = len(body.split(line_end, 1)[0]) if line_end in body else len(coded)
        lines = [coded[at : at + width] for at in range(0, len(coded), width)] if width else []
        return [Edit(begin, begin + len(body), line_end.join(lines))]

    return outer
