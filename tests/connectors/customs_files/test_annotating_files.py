"""What people state about client files stands in a file beside, is found with their data, and goes with it."""

import stat
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.customs_files import annotating
from connectors.customs_files.asked import Asked
from connectors.customs_files.formats import annotations
from connectors.customs_files.formats.annotations import BEGINS, Entry
from connectors.customs_files.limits import Limits
from habeas.domain.outcomes import Annotate, Reason
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError
from habeas.ports import Originals

DECLARATION = """<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><Declaration>
  <AcceptanceDateTime><DateTimeString formatCode="304">20240131120000Z</DateTimeString></AcceptanceDateTime>
  <Exporter><Name>Anna Oeberg</Name><ID>GB123456789000</ID></Exporter>
</Declaration></md:MetaData>
"""
RIGHT = "Exporter/Name should read: Anna Öberg"
BESIDE = f"""{BEGINS}

On 2026-11-22, request r1
Records: 2
Fields: Name
EORI: GB123456789000
Acceptance date: 2024-01-31
Statement:
    {RIGHT}
"""
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))


class Kept(Originals):
    """What was kept, in order."""

    def __init__(self) -> None:
        self.content: list[bytes] = []

    def keep(self, name: str, content: bytes) -> None:
        del name
        self.content.append(content)


class CrashError(BaseException):
    """The process ends here."""


def annotate(folder, subject, text=RIGHT, *, request="r1", task_id="task", fields=("Name",)):
    plan = [each for each in folder.strong(subject) if not each.annotation]
    with folder.connector.applying(subject, task_id) as application:
        for record in plan:
            application.annotate(record, fields, Annotate(text, request, date(2026, 11, 22), Reason.FILED))
    return application.effects.as_json()


def test_a_filed_declaration_is_annotated_and_stays_byte_for_byte(folder, anna) -> None:
    """law C16b: what is right stands beside it in plain words, for whoever works with the declaration."""
    path = folder.put("client/export.xml", DECLARATION)
    path.chmod(0o640)
    assert annotate(folder, anna) == {"customs declarations (CDS)": {"annotated": 1}}
    assert path.read_text() == DECLARATION
    made = path.with_name("export.xml.annotation.txt")
    assert made.read_text("utf-8") == BESIDE
    assert stat.S_IMODE(made.stat().st_mode) == 0o640


def test_an_annotation_is_found_as_the_persons_and_kept_as_long_as_the_declaration(folder, anna) -> None:
    """law C16b: a later access request discloses it; periods run from the same day."""
    folder.put("client/export.xml", DECLARATION)
    annotate(folder, anna)
    declaration, annotation = sorted(folder.strong(), key=lambda each: each.annotation)
    assert declaration.annotated_for == ("r1",)
    assert (annotation.collection, annotation.key) == ("annotations", "client/export.xml.annotation.txt#0")
    assert {each.name: each.value for each in annotation.fields} == {
        "EORI": "GB123456789000",
        "Statement": RIGHT,
    }
    assert annotation.anchors == declaration.anchors == {"customs_acceptance": date(2024, 1, 31)}


def test_a_further_request_adds_to_what_is_there(folder, anna) -> None:
    """law C16b: nobody's earlier words are touched, whatever is in the new ones; records of one file share an entry."""
    folder.put("client/a.txt", "anna.oberg@example.org\nbo@example.org\nAnna: anna.oberg@example.org\n")
    said = "First.\n\nOn 2026-11-22, request r9\nRecords: 0:2"
    annotate(folder, anna, said, fields=())
    made = folder.root / "client/a.txt.annotation.txt"
    first = made.read_text()
    assert "Records: 0:1, 0:3\n" in first
    annotate(folder, BO, "Second.", request="r2", task_id="task-2", fields=())
    assert made.read_text().startswith(first)
    assert [each.annotated_for for each in folder.strong() if not each.annotation] == [("r1",), ("r1",)]
    (bo,) = (each for each in folder.strong(BO) if each.annotation)
    assert [each.value for each in bo.fields] == ["bo@example.org", "Second."]


def test_erased_with_the_data_and_put_back_by_undoing(folder, anna) -> None:
    """law C16b."""
    folder.put("client/export.xml", DECLARATION)
    annotate(folder, anna, "One.\n\nThree.")
    made = folder.root / "client/export.xml.annotation.txt"
    before, kept = made.read_bytes(), Kept()
    plan = folder.strong()
    with folder.connector.applying_undoably(anna, "erase", kept) as application:
        for record in plan:
            application.erase(record, ())
    assert folder.strong() == []
    after = made.read_text("utf-8")
    assert not [each for each in ("Anna", "GB1234", "One", "Three") if each in after]
    assert "On 2026-11-22, request r1" in after
    with folder.connector.undoing(anna, "undo") as restoration:
        refused = [restoration.restore(each) for each in reversed(kept.content)]
    assert not any(refused)
    assert made.read_bytes() == before


def test_whoever_is_mentioned_in_a_statement_is_found_and_not_shown_the_rest(folder, anna) -> None:
    """Only the mention is theirs, and only the mention goes."""
    folder.put("client/export.xml", DECLARATION)
    annotate(folder, anna, "It was not me but\nbo@example.org, ask anna.oberg@example.org.")
    (bo,) = folder.strong(BO)
    assert [each.value for each in bo.fields] == ["bo@example.org"]
    folder.erase(BO, "task-2")
    assert folder.strong(BO) == []
    (said,) = (each for each in folder.strong() if each.annotation)
    assert said.fields[-1].value == "It was not me but\n[erased], ask anna.oberg@example.org."


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_it_is_made_is_repaired_by_repeating(folder, anna, monkeypatch, when) -> None:
    """One entry, counted once."""
    folder.put("client/export.xml", DECLARATION)
    done = annotating.Annotating._create

    def crash(*arguments, **named):
        if when == "after":
            done(*arguments, **named)
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(annotating.Annotating, "_create", crash)
        patched.setattr("connectors.customs_files.stores.local.LocalStore.writers", 1)
        with pytest.raises(CrashError):
            annotate(folder, anna)
    assert annotate(folder, anna) == {"customs declarations (CDS)": {"annotated": 1}}
    assert (folder.root / "client/export.xml.annotation.txt").read_text("utf-8") == BESIDE


def test_a_file_of_somebody_elses_is_not_added_to(folder, anna) -> None:
    """An operator is told to move it away."""
    folder.put("client/export.xml", DECLARATION)
    other = folder.put("client/export.xml.annotation.txt", "ours\n")
    with pytest.raises(PermanentError, match="rename"):
        annotate(folder, anna)
    assert other.read_text() == "ours\n"


def test_a_name_too_long_for_a_suffix_is_shortened(folder, anna) -> None:
    """As long as a name may be in most file systems."""
    folder.put(f"client/{'x' * 250}.xml", DECLARATION)
    annotate(folder, anna)
    assert [each.annotated_for for each in folder.strong() if not each.annotation] == [("r1",)]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_whatever_is_stated_is_read_as_it_was_written(texts) -> None:
    """Line by line: no words are taken for another entry, or for anything else."""
    entries = [Entry("2026-11-22", f"r{n}", (), (("Name", "A B"),), text) for n, text in enumerate(texts)]
    content = f"{BEGINS}\n{''.join(each.written(['1']) for each in entries)}".encode()
    document = annotations.read(content, Asked(Limits()))
    assert document is not None
    said = [each.text for each in document.passages if each.name == "Statement"]
    assert said == ["\n".join(map(annotations._plain, text.splitlines())) for text in texts if text.splitlines()]
    assert annotations.requests(content.decode()) == {"1": tuple(f"r{n}" for n in range(len(texts)))}
