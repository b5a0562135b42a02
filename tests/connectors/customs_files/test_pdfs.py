"""PDFs are searched and disclosed; what would have to be erased in them is left to a person, and says so."""

import io
from datetime import date

import pypdfium2
import pytest

from habeas.domain.decisions import decide
from habeas.domain.outcomes import Disclose, Reason, Restrict, Review
from habeas.domain.plans import PlannedRecord, from_lines, to_line
from habeas.domain.register import Controller, Register
from habeas.domain.requests import Right
from habeas.domain.wishes import Wish
from habeas.errors import PermanentError
from habeas.sample.files.pdfs import PICTURE, locked_pdf, pdf

MAIL = "anna.oberg@example.org"
NOTE = f"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(ask {MAIL})>>]"
LINK = f"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:{MAIL})>>>>]"
REGISTER = Register(
    controller=Controller(name="x", address=("x",), email="x@example.org", data_protection_manager="x"),
    regulators=(),
    notice_version=date(2018, 7, 16),
    categories={},
    retention=(),
)


def with_file(content: bytes, name: str, attached: bytes) -> bytes:
    document = pypdfium2.PdfDocument(content)
    document.new_attachment(name).set_data(attached)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


FOUND = {
    "text": pdf(f"Dear Anna,\nwe wrote to {MAIL} today"),
    "the second page": pdf("nothing", f"see {MAIL}"),
    "a word over a line end": pdf("write to anna.oberg@exam-\nple.org now"),
    "an address of two words over a line end": pdf("write to anna.ob-\nerg@example.org now"),
    "an address over a line end": pdf("write to anna.oberg@\nexample.org now"),
    "a phone": pdf("call (0161) 496-0123".replace("(", "\\(").replace(")", "\\)")),
    "a note": pdf("x", page=NOTE),
    "a link": pdf("x", page=LINK),
    "the properties": pdf("x", extra=[f"<</Title(for {MAIL})>>"], trailer="/Info 10 0 R"),
    "an invoice within (PDF/A-3)": with_file(
        pdf("Invoice"),
        "factur-x.xml",
        f"<Invoice><Buyer><Name>Anna</Name><Email>{MAIL}</Email></Buyer></Invoice>".encode(),
    ),
}


@pytest.mark.parametrize("where", FOUND)
def test_the_person_is_found_wherever_a_pdf_can_hold_them(folder, where) -> None:
    """Once, and as sure as in any other file."""
    folder.put("client/a.pdf", FOUND[where])
    (record,) = folder.strong()
    assert record.collection == "PDF documents"
    assert folder.unsearched() == {}
    assert [each.outcome for each in decide(record, Wish(Right.ACCESS), REGISTER, date(2026, 1, 1))] == [Disclose()]


def test_what_stands_in_a_pdf_is_not_said_to_be_erased(folder, anna) -> None:
    """A person must do it; the other files of the task are changed; restricting takes the whole file out of use."""
    path = folder.put("client/a.pdf", FOUND["text"])
    before = path.read_bytes()
    (record,) = folder.strong()
    today = date(2026, 1, 1)
    assert [each.outcome for each in decide(record, Wish(Right.ERASURE), REGISTER, today)] == [
        Review(Reason.NOT_POSSIBLE)
    ]
    planned = PlannedRecord(record, decide(record, Wish(Right.ERASURE), REGISTER, today)).without_values()
    assert list(from_lines([to_line(planned)])) == [planned]
    assert [each.outcome for each in decide(record, Wish(Right.RESTRICTION), REGISTER, today)] == [Restrict()]
    with pytest.raises(PermanentError), folder.connector.applying(anna, "task") as application:
        application.erase(record, ())
    assert path.read_bytes() == before


def test_a_pdf_attached_to_a_mail_stays_and_the_mail_is_changed(folder) -> None:
    """Each part for itself."""
    folder.put(
        "client/a.eml",
        f"From: {MAIL}\nTo: bo@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/pdf\n"
        "Content-Transfer-Encoding: 8bit\n\n".encode()
        + FOUND["text"],
    )
    assert sorted((each.key, each.changeable) for each in folder.strong()) == [
        ("client/a.eml#0", True),
        ("client/a.eml#0.0:2", False),
    ]


@pytest.mark.parametrize(
    ("content", "listed"),
    [
        (locked_pdf(MAIL), {"client/a.pdf": "an encrypted PDF"}),
        (b"%PDF-1.7\n1 0 obj <<", {"client/a.pdf": "a broken PDF"}),
        (pdf("", "text", extra=[PICTURE]), {"client/a.pdf, page 1": "a picture without text"}),
        (with_file(pdf("x"), "a.bin", bytes(range(256)) * 4), {"client/a.pdf, file 1": "an unknown format"}),
    ],
    ids=["encrypted", "broken", "scanned", "a file within"],
)
def test_what_of_a_pdf_cant_be_searched_is_listed(folder, content, listed) -> None:
    """With the reason, page by page."""
    folder.put("client/a.pdf", content)
    assert folder.unsearched() == listed


def test_pages_that_lead_in_a_circle_end(folder) -> None:
    """A tree of pages that holds itself is no trap."""
    content = pdf("x").replace(b"/Kids[100 0 R]", b"/Kids[2 0 R  ]")
    assert b"/Kids[2 0 R" in content
    folder.put("client/a.pdf", content)
    assert folder.records() == []
