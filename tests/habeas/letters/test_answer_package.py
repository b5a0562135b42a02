"""The package: its files, their digests, and that JSON and CSV hold what was disclosed and nothing else."""

import csv
import hashlib
import io
import json
import shutil
import struct
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.domain.outcomes import Decision, Disclose, Reason, Refer, Review, Withhold
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Field, Match, Record, Unsearched
from habeas.domain.requests import Right
from habeas.errors import ConfigurationError
from habeas.letters import disclosed, tables
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.package import Assembler


def one_table(make: SimpleNamespace, records: list[Any], collection: str = "notes", name: str = "crm") -> Any:
    summary = (make.line(collection, "disclose", "art-15-1", len(records)),)
    return (make.system(name, summary=summary, items=records),)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_an_access_package_has_its_files(assemble: Any) -> None:
    """Letter, page, each table twice, and last the manifest."""
    names = [info.filename for info in assemble(Right.ACCESS).infos]
    assert set(names) == {
        "letter.pdf", "index.html", "manifest.json", "data/crm/customers.json", "data/crm/customers.csv",
        "data/crm/notes.json", "data/crm/notes.csv", "data/billing/invoices.json", "data/billing/invoices.csv",
        "data/mailing_list/members.json", "data/mailing_list/members.csv",
    }  # fmt: skip
    assert names[-1] == "manifest.json"


@pytest.mark.parametrize("right", [each for each in Right if not each.discloses])
def test_only_access_and_portability_give_data(assemble: Any, right: Right) -> None:
    """The other rights are answered by letter and page."""
    assert set(assemble(right).files) == {"letter.pdf", "index.html", "manifest.json"}


def test_the_manifest_lists_every_other_file_with_its_digest(assemble: Any) -> None:
    """Whoever changes a file is found out; the caller gets the same manifest and letter."""
    opened = assemble(Right.ACCESS)
    manifest = json.loads(opened.files["manifest.json"])
    assert manifest == opened.written.manifest
    assert manifest["request_id"] == "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11"
    assert manifest["generated_on"] == "2026-03-02"
    assert {each["name"] for each in manifest["files"]} == set(opened.files) - {"manifest.json"}
    for each in manifest["files"]:
        content = opened.files[each["name"]]
        assert each["size_bytes"] == len(content)
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
    assert opened.files["letter.pdf"] == opened.written.letter


def test_the_same_answer_gives_the_same_bytes(assemble: Any, register: Any, make: SimpleNamespace) -> None:
    """Also from another process's assembler, and into a writer that could go back."""
    first = assemble(Right.ACCESS)
    assert assemble(Right.ACCESS, using=Assembler()).raw == first.raw
    answer = Answer(
        "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11", Right.ACCESS, "en", date(2026, 2, 9), date(2026, 3, 2), date(2026, 3, 9),
        ("Ada Sample", "1 Example Street", "Manchester M1 1AA"), register, make.systems[Right.ACCESS](),
    )  # fmt: skip
    into = io.BytesIO()
    Assembler().assemble(answer, into)
    assert into.getvalue() == first.raw


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_takes_the_package(assemble: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people open it with is not Python; small and big members alike."""
    for kept_chars_max in (tables.KEPT_CHARS_MAX, 1000):
        monkeypatch.setattr(tables, "KEPT_CHARS_MAX", kept_chars_max)
        package = tmp_path / "package.zip"
        package.write_bytes(assemble(Right.ACCESS).raw)
        done = subprocess.run(["unzip", "-t", str(package)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


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


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x", "a/b", "..", "", "con", "ä", "x" * 300, "\u202egnp", "a b"]
)
def test_no_name_of_a_collection_or_system_leaves_the_folder(assemble: Any, make: SimpleNamespace, name: str) -> None:
    """Names come from configuration; in the ZIP they are plain, below data, and short."""
    opened = assemble(Right.ACCESS, one_table(make, [make.record(name, {"a": 1})], collection=name, name=name))
    [stem] = [each.removesuffix(".json") for each in opened.files if each.endswith(".json") and each != "manifest.json"]
    data, folder, file = stem.split("/")
    assert data == "data"
    for part in (folder, file):
        assert part.isascii()
        assert 0 < len(part) <= 70
        assert set(part) & set('\\:*?"<>| ') == set()
        assert part.strip(".") == part
        assert part.lower() != "con"


def test_names_that_would_collide_get_numbers(assemble: Any, make: SimpleNamespace) -> None:
    """Also where only the case differs, for systems that don't tell; every row is kept."""
    names = ["Notes", "notes", "no/tes", "no tes"]
    records = [make.record(name, {"from": name}) for name in names]
    opened = assemble(Right.ACCESS, one_table(make, records))
    found = [
        json.loads(opened.files[each])[0]["from"]
        for each in opened.files
        if each.startswith("data/") and each.endswith(".json")
    ]
    assert sorted(found) == sorted(names)
    assert len({name.lower() for name in opened.files}) == len(opened.files)


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


def test_a_table_longer_than_zips_first_limits(assemble: Any, make: SimpleNamespace) -> None:
    """Over 65,535 rows pass through; members whose size can't be foreseen are ready to grow beyond 4 GiB."""
    rows = 70_000
    record = make.record("visits", {"path": "/", "name": "Ada Sample"})

    class Visits:
        def __iter__(self) -> Any:
            return iter([record] * rows)

    opened = assemble(Right.ACCESS, (make.system("portal", items=Visits()),))
    assert len(orjson.loads(opened.files["data/portal/visits.json"])) == rows
    assert opened.files["data/portal/visits.csv"].count(b"\r\n") == rows + 1
    zip64 = {info.filename: local_extra_has_zip64(opened.raw, info) for info in opened.infos}
    assert zip64["data/portal/visits.json"]
    assert zip64["data/portal/visits.csv"]
    assert not zip64["letter.pdf"]


def local_extra_has_zip64(raw: bytes, info: zipfile.ZipInfo) -> bool:
    name_length, extra_length = struct.unpack("<HH", raw[info.header_offset + 26 : info.header_offset + 30])
    extra = raw[info.header_offset + 30 + name_length :][:extra_length]
    return extra[:2] == b"\x01\x00"


def test_a_plan_opened_twice_gives_the_same_as_one_held(assemble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short and long plans take different ways to the same tables."""
    held = assemble(Right.ACCESS)
    monkeypatch.setattr(tables, "KEPT_CHARS_MAX", 1000)
    assert assemble(Right.ACCESS).files == held.files


def test_a_plan_that_breaks_off_leaves_nothing_that_looks_whole(register: Any, make: SimpleNamespace) -> None:
    """After an error the ZIP has no directory, so that nobody takes it for the answer."""

    def broken() -> Any:
        yield make.record("notes", {"a": "1"})
        raise OSError("gone")

    class Broken:
        def __iter__(self) -> Any:
            return broken()

    day = date(2026, 3, 2)
    answer = Answer("r", Right.ACCESS, "en", day, day, day, (), register, (make.system("crm", items=Broken()),))
    into = io.BytesIO()
    with pytest.raises(OSError, match="gone"):
        Assembler().assemble(answer, into)
    assert not zipfile.is_zipfile(into)


def test_a_language_without_templates_falls_back_to_english(assemble: Any) -> None:
    """Letter and page alike, language attribute included."""
    assert '<html lang="en">' in assemble(Right.ACCESS, language="fi").page
    assert '<html lang="en">' in assemble(Right.ACCESS, language="../en").page


def test_own_templates_go_before_ours(assemble: Any, tmp_path: Path) -> None:
    """One phrase, one letter or a new language can be changed without touching the rest."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "wording.yaml").write_text('letter: {closing: "Best wishes,"}\n')
    (tmp_path / "en" / "restriction.md").write_text("# Ours\n\nReceived {{ received }}.\n\n[systems]\n\n[closing]\n")
    own = Assembler(templates=tmp_path)
    page = assemble(Right.RESTRICTION, using=own).page
    assert "Received 9 February 2026." in page
    assert "<h1>Ours</h1>" in page
    assert "Article 17" in assemble(Right.ERASURE, using=own).page


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("en/access.md", "# X\n\n{{ nonsense }}", "en/access.md: 'nonsense' is undefined"),
        ("en/access.md", "# X\n\n{% if %}", "en/access.md, line 3"),
        ("en/wording.yaml", "states: [", "en/wording.yaml is not valid YAML"),
        ("en/wording.yaml", "notes: {unsearched: '{nonsense}'}", "notes.unsearched has a wrong {value}"),
        ("page.html", "{% for %}", "page.html"),
        ("letter.typ", "Hello", "letter.typ nowhere reads sys.inputs.data"),
        ("letter.typ", "#let data = json(bytes(sys.inputs.data))\n#nonsense", "letter.typ: Typst can't set it"),
    ],
)
def test_a_faulty_template_is_named(assemble: Any, tmp_path: Path, name: str, content: str, message: str) -> None:
    """One line says which file and what is wrong."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        assemble(Right.ACCESS, using=Assembler(templates=tmp_path))
    assert message in str(raised.value)


def test_a_templates_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """At start, not with the first answer."""
    with pytest.raises(ConfigurationError, match="is not a folder"):
        Assembler(templates=tmp_path / "nowhere")


def test_threads_share_an_assembler(assemble: Any) -> None:
    """What is made side by side is what is made alone."""
    alone = [assemble(right).raw for right in Right]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda right: assemble(right).raw, list(Right) * 4))
    assert together == alone * 4


def test_a_folder_for_fonts_may_be_empty(assemble: Any, tmp_path: Path) -> None:
    """Letters in the built-in fonts are then as before."""
    (tmp_path / "fonts").mkdir()
    assert assemble(Right.ACCESS, using=Assembler(templates=tmp_path)).raw == assemble(Right.ACCESS).raw
