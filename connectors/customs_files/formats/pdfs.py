"""PDF: the text of each page, form fields, notes, links, properties and files within it; searched, never changed."""

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Document, Edit, Gap, Part, Passage, UnreadableError
from connectors.customs_files.roles import Role

_BEGINS = re.compile(rb"\s*%PDF-")
_LINE_END = re.compile(r"(\S+)[ \t]*\r?\n[ \t]*(\S+)")
_COLOUR_PROFILE = re.compile(rb"\[\s*/ICCBased(?=\s+\d+\s+\d+\s+R\s*\])")
_HYPHENS = "-\u2010"
_NAMED = {"Author"}


def read(content: bytes, asked: Asked) -> Document | None:
    """Read a PDF; None if it is none. Raises UnreadableError if it is encrypted or broken."""
    if b"%PDF-" not in content[:1024] or not _BEGINS.match(content[:1024]):
        return None
    try:
        pdf = pypdfium2.PdfDocument(_without_colours(content))
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        raise UnreadableError("an encrypted PDF" if encrypted else "a broken PDF") from None
    try:
        pdf.init_forms()
        document = Document("pdf", Decoded(content, "", "latin-1", 0), changeable=False)
        _Reader(document, pdf, asked.limits).run()
    finally:
        pdf.close()
    return document


def _without_colours(content: bytes) -> bytes:
    """The same under a name that pdfium does not know: to work out a page's colours takes longer than all else."""
    if b"/ICCBased" not in content:
        return content
    return _COLOUR_PROFILE.sub(lambda found: found[0].replace(b"ICCB", b"ICC-"), content)


class _Reader:
    def __init__(self, document: Document, pdf: pypdfium2.PdfDocument, limits: Limits) -> None:
        self.document = document
        self.pdf = pdf
        self.limits = limits
        self.characters = 0

    def run(self) -> None:
        for name, value in self.pdf.get_metadata_dict(skip_empty=True).items():
            self._add(value, name, role=Role.NAME if name in _NAMED else None)
        for number in range(len(self.pdf)):
            self._page(number)
        for number in range(self.pdf.count_attachments()):
            self._attachment(number)

    def _page(self, number: int) -> None:
        place = f"page {number + 1}"
        try:
            page = self.pdf[number]
            text = page.get_textpage().get_text_range().replace("\r\n", "\n")
            # pdfium writes one sign for a hyphen and the end of the line after it
            text = text.replace("\ufffe", "-\n").replace("\x02", "-\n").replace("\u00ad", "-")
        except pypdfium2.PdfiumError:
            self.document.gaps.append(Gap(place, "broken"))
            return
        if text.strip():
            self._add(text, place, lines=True)
            for joined in _over_line_ends(text):
                self._add(joined, place)
        elif any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
            self.document.gaps.append(Gap(place, "a picture without text"))
        for value in _annotations(page, self.pdf):
            self._add(value, place)
        page.close()

    def _attachment(self, number: int) -> None:
        attachment = self.pdf.get_attachment(number)
        self._add(attachment.get_name(), "file name")
        place = f"file {number + 1}"
        try:
            content = bytes(attachment.get_data())
        except pypdfium2.PdfiumError:
            self.document.gaps.append(Gap(place, "broken"))
            return
        if len(content) > self.limits.part_bytes_max:
            self.document.gaps.append(Gap(place, f"larger than {self.limits.part_bytes_max} bytes"))
            return
        self.document.parts.append(Part(place, content, _never))

    def _add(self, text: str, name: str, *, role: Role | None = None, lines: bool = False) -> None:
        self.characters += len(text)
        if self.characters > self.limits.part_bytes_max:
            raise UnreadableError(f"holds more than {self.limits.part_bytes_max} characters of text")
        if text.strip():
            self.document.passages.append(Passage(text, (), len(self.document.passages), name, role, lines=lines))


def _over_line_ends(text: str) -> Iterator[str]:
    """The words that line ends part: with a hyphen, which may be the word's own, or within an address."""
    for pair in _LINE_END.finditer(text):
        first, second = pair.groups()
        if first[-1] in _HYPHENS:
            yield first[:-1] + second
            yield f"{first[:-1]}-{second}"
        elif ("@" in first) != ("@" in second) or first[-1] in "@._":
            yield first + second


def _annotations(page: Any, pdf: Any) -> Iterator[str]:
    """What notes, links and form fields say; pdfium gives each string as UTF-16 by its length first."""
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        if note:
            yield from _annotation(note, pdf)
            pdfium.FPDFPage_CloseAnnot(note)


def _annotation(note: Any, pdf: Any) -> Iterator[str]:
    form = pdf.formenv
    for key in (b"Contents", b"V", b"TU", b"T"):
        yield _string(partial(pdfium.FPDFAnnot_GetStringValue, note, key))
    if form is not None:
        yield _string(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, note))
    link = pdfium.FPDFAnnot_GetLink(note)
    if link:
        yield _address(pdf, link)


def _string(get: Callable[[Any, int], int]) -> str:
    size = get(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    get(buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _address(pdf: Any, link: Any) -> str:
    action = pdfium.FPDFLink_GetAction(link)
    size = pdfium.FPDFAction_GetURIPath(pdf, action, None, 0) if action else 0
    if size <= 1:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(pdf, action, buffer, size)
    return buffer.value.decode("utf-8", "replace")


def _never(changed: Changed) -> Sequence[Edit]:
    raise NotImplementedError("a PDF is not changed")
