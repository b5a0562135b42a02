"""What is right is written in a field's place, in the format's own way; every other byte stays (Article 16)."""

import io
import zipfile
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import habeas.sample
from connectors.customs_files import Limits
from connectors.customs_files.changing import State, change
from connectors.customs_files.reading import read
from connectors.customs_files.search import People
from connectors.customs_files.stores.local import LocalStore
from habeas.domain.decisions import is_done, plan_item
from habeas.domain.plans import PlannedRecord
from habeas.domain.register import load_register
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.domain.wishes import Correction, Wish

REGISTER = load_register(Path(habeas.sample.__path__[0]) / "register.yaml")
TODAY = date(2026, 11, 22)
WRONG = "Anna Oberg"
RIGHT = 'Öberg & "Co", <A>; it\'s'
EMAIL = "anna.oberg@example.org"


def rectify(folder, subject, values, task_id="task"):
    """By a plan without values, as a worker does; the names of fields as the records have them."""
    plan = [PlannedRecord(each, ()).without_values().record for each in folder.strong(subject)]
    with folder.connector.applying(subject, task_id) as application:
        for record in plan:
            for each in record.fields:
                if each.name in values:
                    application.rectify(record, each.name, values[each.name])
    return application.effects.as_json()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"<Invoice><Buyer><Name>{WRONG}</Name><Email>{EMAIL}</Email></Buyer></Invoice>",
            "Öberg &amp; &quot;Co&quot;, &lt;A&gt;; it&#x27;s",
        ),
        (
            f'<Invoice><Buyer name="{WRONG}" email="{EMAIL}"/></Invoice>',
            "Öberg &amp; &quot;Co&quot;, &lt;A&gt;; it&#x27;s",
        ),
        (f'{{"contact": {{"name": "{WRONG}",  "email": "{EMAIL}"}}}}', 'Öberg & \\"Co\\", <A>; it\'s'),
        (f"Name,Email\r\n{WRONG},{EMAIL}\r\nBo,bo@example.org\r\n", '"Öberg & ""Co"", <A>; it\'s"'),
        (f'"Name";"Email"\n"{WRONG}";"{EMAIL}"\n"Bo";"bo@example.org"\n', 'Öberg & ""Co"", <A>; it\'s'),
        (
            f"BEGIN:VCARD\nVERSION:3.0\nFN:{WRONG}\nEMAIL:{EMAIL}\nEND:VCARD\n",
            'Öberg & "Co"\\, <A>\\; it\'s',
        ),
    ],
    ids=["element", "attribute", "JSON", "CSV", "quoted CSV", "vCard"],
)
def test_exactly_the_field_is_written_anew_in_its_own_notation(folder, anna, before, after) -> None:
    """law C16: correct, and nothing else."""
    path = folder.put("client/file", before)
    (record,) = folder.strong()
    (field,) = (each.name for each in record.fields if each.value == WRONG)
    assert list(rectify(folder, anna, {field: RIGHT}).values()) == [{"rectified": 1}]
    assert path.read_bytes() == before.replace(WRONG, after).encode()
    (record,) = folder.strong()
    assert {each.name: each.value for each in record.fields}[field] == RIGHT


def test_in_an_interchange_signs_are_released(folder, anna) -> None:
    """law C16."""
    before = (
        "UNB+UNOC:3+A+B+260101:1200+1'UNH+1+IFTMIN:D:96B:UN'"
        f"NAD+CN+GB123456789000::148++{WRONG}:1 Mill Lane'COM+{EMAIL}:EM'UNT+4+1'UNZ+1+1'"
    )
    path = folder.put("client/a.edi", before)
    (record,) = folder.strong()
    (name,) = (each.name for each in record.fields if each.value == WRONG)
    rectify(folder, anna, {name: "O'Berg+Co"})
    assert path.read_text() == before.replace(WRONG, "O?'Berg?+Co")


def test_in_an_archive_the_other_members_stay(folder, anna) -> None:
    """law C16: what is packed is corrected as what it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", f"Write to {EMAIL}.\n")
        archive.writestr("b.bin", b"\0\1\2")
    path = folder.put("client/a.zip", packed.getvalue())
    assert rectify(folder, anna, {"email": "anna@example.net"}) == {"archives": {"rectified": 1}}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("a.txt") == b"Write to anna@example.net.\n"
        assert archive.read("b.bin") == b"\0\1\2"


def test_what_the_encoding_can_not_hold_is_left_and_told(folder, anna) -> None:
    """law C16: nothing is written with question marks; the second look counts it as not done."""
    before = f"Name,Email\nAnna Öberg,{EMAIL}\nBo,bo@example.org\n".encode("cp1252")
    path = folder.put("client/a.csv", before)
    assert rectify(folder, anna, {"Name": "Anna Ćwikła"}) == {}
    assert path.read_bytes() == before
    (record,) = folder.strong()
    wish = Wish(Right.RECTIFICATION, (Correction("Anna Ćwikła", what="Name"),))
    assert not is_done(plan_item(record, wish, REGISTER, TODAY, keep_values=True))


FILED = {
    "CDS": f'<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><Exporter><Name>{WRONG}</Name>'
    "<ID>GB123456789000</ID></Exporter></Declaration>",
    "CUSDEC": "UNB+UNOC:3+A+B+260101:1200+1'UNH+1+CUSDEC:D:96B:UN'"
    f"NAD+CN+GB123456789000::148++{WRONG}:1 Mill Lane'UNT+3+1'UNZ+1+1'",
    "extract": "Entry number,Acceptance date,CPC,Declarant Name,Declarant EORI\n"
    f"20GB000016000000,12/05/2020,1040,{WRONG},GB123456789000\n",
}


@pytest.mark.parametrize("kind", FILED)
@pytest.mark.parametrize("packed", [False, True], ids=["alone", "packed"])
def test_what_was_filed_is_known_wherever_it_lies(folder, *, kind, packed) -> None:
    """law C16: in an archive, too, and as HM Revenue & Customs gives it back; it is annotated, never rewritten."""
    content = FILED[kind].encode()
    if packed:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a", content)
        content = stream.getvalue()
    folder.put("client/file", content)
    folder.put("client/b.csv", f"Declarant Name,Declarant EORI,Entry\n{WRONG},GB123456789000,1\n")
    assert {each.key.partition("#")[0]: each.filed for each in folder.strong()} == {
        "client/b.csv": False,
        "client/file": True,
    }


def test_what_can_only_stay_a_number_is_said_to_be_uncorrectable(folder) -> None:
    """law C16: a person corrects it."""
    folder.put("client/a.json", orjson.dumps({"contact": {"email": EMAIL, "phone": 441614960123}}))
    (record,) = folder.strong()
    assert record.correctable
    assert record.uncorrectable == ("phone",)


def test_what_is_only_searched_can_not_be_corrected(folder) -> None:
    """law C16."""
    folder.put("client/a.rtf", rb"{\rtf1\ansi " + EMAIL.encode() + b"}")
    assert [each.correctable for each in folder.strong()] == [False]


def test_a_crash_between_the_note_and_the_change_is_repaired_by_repeating(folder, anna, monkeypatch) -> None:
    """Counted once, written once."""
    path = folder.put("client/a.txt", f"{EMAIL}\n{EMAIL} again\n")
    plan = folder.strong()

    def crash(*arguments, **named):
        raise KeyboardInterrupt

    def again():
        with folder.connector.applying(anna, "task") as application:
            for record in plan:
                application.rectify(record, "email", "anna@example.net")
        return application.effects.as_json()

    monkeypatch.setattr(LocalStore, "writers", 1)
    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            again()
    assert again() == again() == {"text files": {"rectified": 2}}
    assert path.read_text() == "anna@example.net\nanna@example.net again\n"


def test_a_file_too_large_to_be_held_is_corrected_window_by_window(folder, anna) -> None:
    """law C16."""
    rows = [f"Person {n},p{n}@example.org\n" for n in range(4000)]
    rows[1500], rows[3999] = f"{WRONG},{EMAIL}\n", f"{WRONG},{EMAIL}\n"
    path = folder.put("client/a.csv", "Name,Email\n" + "".join(rows))
    folder.limit(Limits(whole_bytes_max=4096, window_bytes=4096))
    assert rectify(folder, anna, {"Name": "Anna, Öberg"}) == {"trade data (CSV)": {"rectified": 2}}
    assert path.read_text() == "Name,Email\n" + "".join(rows).replace(WRONG, '"Anna, Öberg"')


TEMPLATES = {
    "xml": f"<Invoice><Buyer><Name>{WRONG}</Name><Email>{EMAIL}</Email></Buyer><Note>x</Note></Invoice>",
    "json": f'[{{"name": "{WRONG}", "email": "{EMAIL}"}}, {{"name": "Bo", "email": "bo@example.org"}}]',
    "csv": f"Name,Email\n{WRONG},{EMAIL}\nBo,bo@example.org\n",
    "mail": f"From: {WRONG} <{EMAIL}>\nTo: bo@example.org\nSubject: Hi\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n\nHi\n",
}


@given(st.sampled_from(sorted(TEMPLATES)), st.text(min_size=1, max_size=20))
def test_whatever_is_right_it_reads_so_or_nothing_changes(kind, right) -> None:
    """law C16: every other field of anybody reads as before."""
    content, people, limits = (
        TEMPLATES[kind].encode(),
        People([Subject("anna", (identifier(IdentifierKind.EMAIL, EMAIL),))]),
        Limits(),
    )
    (block, *_) = [each for each in people.blocks(read(content, limits)) if any(_is_name(s.field) for s in each.spots)]
    name = next(each.field.name for each in block.spots if _is_name(each.field))
    outcome = change(content, limits, people, [(block.key, {name: right})])
    if outcome.changed is None:
        assert outcome.states in {(State.REFUSED,), (State.EMPTY,)}
        return
    before, after = (
        [each.text for layer in read(data, limits).layers for each in layer.document.passages]
        for data in (content, outcome.changed.content)
    )
    assert after == [text.replace(WRONG, right) for text in before]


def _is_name(field) -> bool:
    return field.value == WRONG
