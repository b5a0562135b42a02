"""The data in a package: JSON and CSV hold what was disclosed and nothing else."""

import csv
import io
import json
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.domain.outcomes import Decision, Disclose, Reason, Refer, Review, Withhold
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Field, Masked, Match, Record, Redaction, Unsearched
from habeas.domain.requests import Right
from habeas.letters import disclosed
from habeas.letters.answer import SystemOutcome


def one_table(make: SimpleNamespace, records: list[Any], collection: str = "notes", name: str = "crm") -> Any:
    summary = (make.line(collection, "disclose", "art-15-1", len(records)),)
    return (make.system(name, summary=summary, items=records),)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_json_keeps_every_value_exactly(assemble: Any, make: SimpleNamespace) -> None:
    """Types, nulls, formulas, unseen characters: as found."""
    values = {"a": "=1+1", "b": -5, "c": 1.25, "d": True, "e": None, "f": "x\u202ey\x07\n", "g": "", "h": 2**53 + 1}
    opened = assemble(Right.ACCESS, one_table(make, [make.record("notes", values)]))
    assert json.loads(opened.files["data/crm/notes.json"]) == [values]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_csv_has_no_formulas(assemble: Any, make: SimpleNamespace, start: str) -> None:
    """Text that a spreadsheet would run gets an apostrophe, in headers too; numbers stay numbers."""
    record = make.record("notes", {f"{start}name": f"{start}cmd|' /C calc'!A0", "number": -5})
    rows = rows_of(assemble(Right.ACCESS, one_table(make, [record])).files["data/crm/notes.csv"])
    assert rows == [[f"'{start}name", "number"], [f"'{start}cmd|' /C calc'!A0", "-5"]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
            st.none()
            | st.booleans()
            | st.integers(-(2**53), 2**53)
            | st.text(st.characters(exclude_categories=["Cs"])),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_disclosed_is_in_both_forms(
    assemble: Any, make: SimpleNamespace, table: list[dict[str, Any]]
) -> None:
    """law C15, law C20: JSON gives the rows back; CSV has the same cells under the union of all columns."""
    table = [{f"x{name}": value for name, value in row.items()} for row in table]
    opened = assemble(Right.ACCESS, one_table(make, [make.record("notes", row) for row in table]))
    assert json.loads(opened.files["data/crm/notes.json"]) == table
    header, *rows = rows_of(opened.files["data/crm/notes.csv"])
    assert set(header) == {name for row in table for name in row}
    for row, cells in zip(table, rows, strict=True):
        for name, cell in zip(header, cells, strict=True):
            value = row.get(name)
            if isinstance(value, str):
                assert cell in (value, f"'{value}")
            elif isinstance(value, bool):
                assert cell == ("true" if value else "false")
            else:
                assert cell == ("" if value is None else str(value))


def test_only_what_was_decided_to_be_disclosed_leaves(assemble: Any, make: SimpleNamespace) -> None:
    """Doubtful records, clients' records and fields without a decision stay; withheld fields leave a mark."""

    def record(key: str, *decisions: Decision) -> PlannedRecord:
        fields = tuple(Field(name, f"{name}-of-{key}", "profile") for name in ("own", "other"))
        return PlannedRecord(Record("notes", key, Match.STRONG, (), fields), decisions)

    items = [
        record("whole", Decision(Disclose())),
        record("part", Decision(Disclose(), ("own",))),
        record("marked", Decision(Disclose(), ("own",)), Decision(Withhold(Reason.OTHERS_RIGHTS), ("other",))),
        record("all-marked", Decision(Disclose()), Decision(Withhold(Reason.OTHERS_RIGHTS))),
        record("doubtful", Decision(Review(Reason.WEAK_MATCH))),
        record("clients", Decision(Refer("Northgate Imports Ltd"))),
        record("undecided"),
        Unsearched("secret-place", "encrypted"),
    ]
    opened = assemble(Right.ACCESS, one_table(make, items))
    mark = "[withheld: this is about somebody else]"
    assert json.loads(opened.files["data/crm/notes.json"]) == [
        {"own": "own-of-whole", "other": "other-of-whole"},
        {"own": "own-of-part"},
        {"own": "own-of-marked", "other": mark},
        {"own": mark, "other": mark},
    ]
    everything = b"".join(opened.files.values())
    for stays in (b"doubtful", b"of-clients", b"of-undecided", b"other-of-part", b"secret-place", b"of-all-marked"):
        assert stays not in everything


def test_fields_of_the_same_name_are_all_there(assemble: Any) -> None:
    """A file may name two fields alike; neither is lost."""
    fields = (Field("phone", "1", "contact"), Field("phone", "2", "contact"), Field("phone", "3", "contact"))
    planned = PlannedRecord(Record("notes", "1", Match.STRONG, (), fields), (Decision(Disclose()),))
    opened = assemble(Right.ACCESS, one_table_of(planned))
    assert json.loads(opened.files["data/crm/notes.json"]) == [{"phone": "1", "phone (2)": "2", "phone (3)": "3"}]


def one_table_of(*planned: PlannedRecord) -> Any:
    return (SystemOutcome("crm", "CRM", "completed", (), {}, 0, lambda: nullcontext(iter(planned))),)


def test_a_collection_that_comes_again_is_a_table_of_its_own(assemble: Any, make: SimpleNamespace) -> None:
    """Nothing is lost when a plan isn't ordered by collection."""
    records = [make.record("a", {"n": 1}), make.record("b", {"n": 2}), make.record("a", {"n": 3, "m": 4})]
    opened = assemble(Right.ACCESS, one_table(make, records))
    assert json.loads(opened.files["data/crm/a.json"]) == [{"n": 1}]
    assert json.loads(opened.files["data/crm/a-2.json"]) == [{"n": 3, "m": 4}]
    assert rows_of(opened.files["data/crm/a-2.csv"]) == [["n", "m"], ["3", "4"]]


def test_more_columns_than_a_spreadsheet_bears_are_counted(
    assemble: Any, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The JSON has them all; the CSV tells how many it leaves out."""
    monkeypatch.setattr(disclosed, "COLUMNS_MAX", 3)
    opened = assemble(Right.ACCESS, one_table(make, [make.record("notes", {f"c{n}": n for n in range(5)})]))
    assert rows_of(opened.files["data/crm/notes.csv"]) == [
        ["c0", "c1", "c2", "further fields, see the JSON file"],
        ["0", "1", "2", "2"],
    ]
    assert len(json.loads(opened.files["data/crm/notes.json"])[0]) == 5


def mention(*redactions: Redaction, reason: Reason = Reason.ACCESS) -> PlannedRecord:
    """A record of one field, with the words around it."""
    found = Record("mails", "1", Match.STRONG, (), (Field("email", "ada@example.org", "contact"),))
    found = replace(found, passage="ask ada@example.org or […]", redactions=redactions)
    return PlannedRecord(found, (Decision(Disclose(reason)),))


@pytest.mark.parametrize(
    ("language", "column"), [("en", "text around it"), ("sv", "texten omkring"), ("tr", "çevresindeki metin")]
)
def test_a_mention_comes_with_the_words_around_it(assemble: Any, language: str, column: str) -> None:
    """An address alone would not tell the person what is said of them (Article 15(3))."""
    opened = assemble(Right.ACCESS, one_table_of(mention()), language=language)
    assert json.loads(opened.files["data/crm/mails.json"]) == [
        {"email": "ada@example.org", column: "ask ada@example.org or […]"}
    ]


def test_what_others_wrote_is_not_portable(assemble: Any) -> None:
    """law C20: the words around a mention were not provided by the person."""
    opened = assemble(Right.PORTABILITY, one_table_of(mention(reason=Reason.PORTABLE)))
    assert json.loads(opened.files["data/crm/mails.json"]) == [{"email": "ada@example.org"}]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["2 passages about other people are masked", "1 card or bank number is shown", "1 password or key"]),
        ("sv", ["2 ställen om andra personer", "1 kort- eller kontonummer", "1 lösenord eller nyckel"]),
        ("tr", ["başka kişilere ilişkin 2 yer", "1 kart veya banka numarasının", "1 parola veya anahtar"]),  # noqa: RUF001 - Turkish
    ],
)
def test_what_is_masked_is_counted_and_not_told(assemble: Any, language: str, said: list[str]) -> None:
    """law C15: how many places about others, how many numbers, how many secrets; never what stood there."""
    notes = (
        Redaction("", Masked.EMAIL, "bob@example.com"),
        Redaction("", Masked.NAME, "Bob Other"),
        Redaction("iban", Masked.BANK, "[…]5432"),
        Redaction("", Masked.SECRET),
    )
    opened = assemble(Right.ACCESS, one_table_of(mention(*notes)), language=language)
    for each in said:
        assert each in opened.page
    for content in opened.files.values():
        assert b"bob@example.com" not in content
        assert b"Bob Other" not in content
