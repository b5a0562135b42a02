"""What is written into a client's folder names nobody by anything that the client's own file does not hold."""

import base64
import io
import zipfile
from datetime import date

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from connectors.customs_files import Limits
from habeas.domain.outcomes import Annotate, Reason
from habeas.domain.plans import PlannedRecord
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import RetriableError

MAIL, PHONE, EORI = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.EORI
NAME, NUMBER = IdentifierKind.NAME, IdentifierKind.CUSTOMER_NUMBER
# Of each kind one that the files hold, and one that they don't.
SUBJECT = Subject(
    "anna",
    tuple(
        identifier(kind, value)
        for kind, value in (
            (MAIL, "anna.oberg@example.org"),
            (MAIL, "secret@example.net"),
            (PHONE, "+44 161 496 0123"),
            (PHONE, "+44 20 7946 0999"),
            (EORI, "GB123456789000"),
            (EORI, "SE5566778899"),
            (NUMBER, "C-10427"),
            (NUMBER, "C-99999"),
            (NAME, "Anna Maria Öberg"),
        )
    ),
)
TEXT = "I left in May."


def annotate(folder, *, fields=(), right=None, task_id="task", subject=SUBJECT):
    """By a plan without values, as a worker does; with what is right of one field, by its name, corrected as well."""
    found = [each for each in folder.strong(subject) if not each.annotation]
    plan = [PlannedRecord(each, ()).without_values().record for each in found]
    return carry_out(folder, plan, fields=fields, right=right, task_id=task_id, subject=subject)


def carry_out(folder, plan, *, fields=(), right=None, task_id="task", subject=SUBJECT):
    with folder.connector.applying(subject, task_id) as application:
        for record in plan:
            if right is not None:
                application.rectify(record, *right)
            application.annotate(record, fields, Annotate(TEXT, "r1", date(2026, 11, 22), Reason.STATEMENT))
    return application.effects.as_json()


def about(folder, name):
    """The lines that say whose an entry is."""
    lines = (folder.root / f"{name}.annotation.txt").read_text("utf-8").splitlines()
    labels = ("Name:", "E-mail:", "Phone:", "EORI:", "VAT number:", "Customer number:", "Account number:")
    return [each for each in lines if each.startswith(labels)]


def of_member(content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", content)
    return out.getvalue()


def of_sheet(*rows: tuple[str, ...]) -> bytes:
    out, book = io.BytesIO(), Workbook()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def of_document(text: str) -> bytes:
    out, document = io.BytesIO(), Document()
    document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


FILES = {
    "text": ("Call Anna.Oberg@Example.org\n", ["E-mail: Anna.Oberg@Example.org"]),
    "text with a name": ("To: Anna Öberg <anna.oberg@example.org>\n", ["Name: Anna Öberg", "E-mail: anna.oberg@example.org"]),
    "CSV": ("Name,Email,Phone\nBo Ek,anna.oberg@example.org,1\n", ["E-mail: anna.oberg@example.org"]),
    "CSV by a phone": ("Name,Phone\nÖberg Anna,(0161) 496 0123\n", ["Name: Öberg Anna", "Phone: (0161) 496 0123"]),
    "XML": (
        "<Invoice><Buyer><Name>ANNA M. OBERG (Accounts)</Name><ID>GB 123456789000</ID></Buyer></Invoice>",
        ["Name: ANNA OBERG", "EORI: GB 123456789000"],
    ),
    "JSON": ('{"contact": {"customerNumber": "C-10427", "city": "Leeds"}}', ["Customer number: C-10427"]),
    "vCard": (
        "BEGIN:VCARD\nVERSION:3.0\nFN:A\nEMAIL:anna.oberg@example.org\nEND:VCARD\n",
        ["E-mail: anna.oberg@example.org"],
    ),
    "EDIFACT": (
        "UNB+UNOC:3+A+B+260101:1200+1'UNH+1+IFTMIN:D:96B:UN'NAD+CN+GB123456789000::148++Firm:1 Mill Lane'UNT+3+1'UNZ+1+1'",
        ["EORI: GB123456789000"],
    ),
    "mail": (
        "From: Anna <anna.oberg@example.org>\nTo: bo@example.org\nSubject: x\n\nHello\n",
        ["E-mail: anna.oberg@example.org"],
    ),
    "base64 in a mail": (
        b"From: bo@example.org\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"ask anna.oberg@example.org first"),
        ["E-mail: anna.oberg@example.org"],
    ),
    "archive": (of_member("x anna.oberg@example.org x"), ["E-mail: anna.oberg@example.org"]),
    "workbook": (of_sheet(("Name", "Phone"), ("Bo Ek", "+44 161 4960123")), ["Phone: +44 161 4960123"]),
    "document": (of_document("ask anna.oberg@example.org"), ["E-mail: anna.oberg@example.org"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_an_annotation_names_what_its_own_file_holds_as_it_stands_there(folder, kind) -> None:
    """A further address or number of the person would tell the client what they never had."""
    content, expected = FILES[kind]
    folder.put("client/file", content)
    assert sum(sum(each.values()) for each in annotate(folder).values()) >= 1
    assert about(folder, "client/file") == expected
    annotation = next(each for each in folder.strong(SUBJECT) if each.annotation)
    assert TEXT in [each.value for each in annotation.fields]


def test_each_record_is_told_by_what_stands_in_it(folder) -> None:
    """Also where records of one file are annotated by one request."""
    folder.put("client/a.txt", "anna.oberg@example.org\nC-10427\nC-10427 again\n")
    annotate(folder)
    assert about(folder, "client/a.txt") == ["E-mail: anna.oberg@example.org", "Customer number: C-10427"]
    assert [each.annotated_for for each in folder.strong(SUBJECT) if not each.annotation] == [("r1",)] * 3


def test_what_is_wrong_is_not_written_again_once_it_is_corrected(folder) -> None:
    """One task corrects and annotates; found is it from then on by what is right."""
    path = folder.put("client/a.csv", "Name,Email\nBo Ek,anna.oberg@example.org\n")
    annotate(folder, right=("Email", "anna.new@example.org"))
    assert path.read_text() == "Name,Email\nBo Ek,anna.new@example.org\n"
    assert about(folder, "client/a.csv") == ["E-mail: anna.new@example.org"]
    new = Subject("anna", (identifier(MAIL, "anna.new@example.org"),))
    assert [each.annotation for each in folder.strong(new)] == [True, False]


def test_the_same_after_a_crash_between_the_two(folder, monkeypatch) -> None:
    """The plan is carried out again, on a file that is corrected already."""
    path = folder.put("client/a.csv", "Name,Email\nBo Ek,anna.oberg@example.org\n")
    plan = folder.strong(SUBJECT)
    right = ("Email", "anna.new@example.org")
    with monkeypatch.context() as patched, pytest.raises(RetriableError):  # noqa: PT012 - the fault comes out of a context
        patched.setattr("connectors.customs_files.annotating.Annotating.annotate", fail)
        carry_out(folder, plan, right=right)
    assert "anna.new@example.org" in path.read_text()
    carry_out(folder, plan, right=right)
    assert about(folder, "client/a.csv") == ["E-mail: anna.new@example.org"]


def fail(*_: object) -> None:
    raise RetriableError("down")


@pytest.mark.parametrize("now", ["nothing here\n", "ask [erased] first\n"], ids=["taken out", "erased"])
def test_nothing_is_put_beside_what_is_nobodys_any_more(folder, now) -> None:
    """Somebody else took the person out since the plan was made: nothing is brought back."""
    path = folder.put("client/a.txt", "ask anna.oberg@example.org first\n")
    plan = folder.strong(SUBJECT)
    path.write_text(now)
    assert carry_out(folder, plan) == {}
    assert not path.with_name("a.txt.annotation.txt").exists()


def test_a_restricted_file_and_a_large_one_are_asked_as_any(folder) -> None:
    """Where its content is by now; window by window."""
    folder.limit(Limits(whole_bytes_max=2_000, window_bytes=1_000))
    path = folder.put("client/a.csv", "Name,Email\n" + "Bo Ek,bo@example.org\n" * 200 + "Cy,anna.oberg@example.org\n")
    plan = folder.strong(SUBJECT)
    with folder.connector.applying(SUBJECT, "restrict") as application:
        for record in plan:
            application.restrict(record)
    assert not path.exists()
    annotate(folder)
    assert about(folder, "client/a.csv") == ["E-mail: anna.oberg@example.org"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(SUBJECT.identifiers), min_size=1), st.booleans())
def test_nothing_gets_into_the_folder_that_was_not_in_the_file(new_folder, tmp_path_factory, held, by_row) -> None:
    """Whatever of a person's identifiers a file holds, in one record or in several."""
    folder = new_folder(tmp_path_factory.mktemp("store"))
    held = sorted(held)
    folder.put("file", ("\n" if by_row else "; ").join(each.value for each in held))
    annotate(folder)
    folder.connector.close()
    made = folder.root / "file.annotation.txt"
    said = made.read_text("utf-8") if made.exists() else ""
    strong = {each for each in held if each.kind is not NAME}
    assert {each for each in SUBJECT.identifiers if each.value in said} <= set(held)
    assert {each for each in strong if each.value in said} == strong
