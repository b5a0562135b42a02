"""The sample consultancy: its ground truth is true, and making it never destroys anything else."""

import csv
import email
import email.policy
import io
import json
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdf
import pytest
import yaml

from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.errors import UserError
from habeas.sample.consultancy import build
from habeas.sample.people import Relation
from habeas.sample.trial import people_to_try
from habeas.sample.truth import CUSTOMS_FILES, MAILING_LIST, SYSTEMS, GroundTruth

TODAY = date(2026, 1, 15)
EXACT = (IdentifierKind.EMAIL, IdentifierKind.EORI, IdentifierKind.CUSTOMER_NUMBER)
WORDS = re.compile(r"[\w.-]+@[\w.-]+\w|\w+")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GroundTruth]:
    folder = tmp_path_factory.mktemp("sample") / "consultancy"
    return folder, build(folder, people=300, files=150, seed=3, today=TODAY)


def text_of(name: str, content: bytes) -> str:
    """All that a file says, whatever its format."""
    suffix = name.rpartition(".")[2]
    if suffix == "xml":
        return " ".join(ET.fromstring(content).itertext())
    if suffix in {"xlsx", "docx"}:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return " ".join("".join(_paragraphs(parts.read(part))) for part in parts.namelist())
    if suffix == "pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    if suffix in {"json", "ndjson"}:
        documents = [json.loads(part) for part in (content.splitlines() if suffix == "ndjson" else [content])]
        return json.dumps(documents, ensure_ascii=False)
    if suffix == "eml":
        message = email.message_from_bytes(content, policy=email.policy.default)
        attached = (text_of(part.get_filename(), part.get_content()) for part in message.iter_attachments())
        headers = " ".join(str(value) for value in message.values())
        return " ".join((headers, message.get_body().get_content(), *attached))
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1254"):
        try:
            return content.decode(encoding)
        except UnicodeError:
            continue
    raise AssertionError(name)


def _paragraphs(part: bytes) -> Iterator[str]:
    for element in ET.fromstring(part).iter():
        yield element.text or ""
        if element.tag.rpartition("}")[2] in {"p", "si", "c"}:
            yield " "


def words_of_files(folder: Path) -> dict[str, set[str]]:
    """E-mail addresses and other words, by the key that the ground truth has for the file."""
    found = {}
    for path in sorted((folder / "clients").rglob("*.*")):
        key = path.relative_to(folder / "clients").as_posix()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                found |= {f"{key}!{name}": text_of(name, packed.read(name)) for name in packed.namelist()}
        elif path.is_file() and path.name != "client.yaml":
            found[key] = text_of(path.name, path.read_bytes())
    return {key: set(WORDS.findall(unicodedata.normalize("NFC", text).casefold())) for key, text in found.items()}


def content_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".db")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_whoever_is_said_to_be_in_a_file_is_in_it_and_nobody_else(sample: tuple[Path, GroundTruth]) -> None:
    """By e-mail, EORI and customer number, in both directions, for every file."""
    folder, truth = sample
    read = words_of_files(folder)
    for kind in EXACT:
        holders: dict[str, set[int]] = {}
        for person in truth.people.values():
            for each in person.identifiers:
                if each.kind is kind:
                    holders.setdefault(each.value.casefold(), set()).add(person.number)
        said = {
            (n, place.key)
            for n, each in truth.people.items()
            for place in each.places_in(CUSTOMS_FILES)
            if kind in place.by
        }
        for value, numbers in holders.items():
            inside = {key for key, words in read.items() if value in words}
            assert inside == {key for number, key in said if number in numbers}


def test_mentions_by_name_only_and_decoys_occur(sample: tuple[Path, GroundTruth]) -> None:
    """There is something that must not be acted on: names alone, cut names, words that look like names."""
    _, truth = sample
    places = [place for person in truth.people.values() for place in person.places_in(CUSTOMS_FILES)]
    assert sum(not place.strong for place in places) > 50
    assert any(place.note.startswith("cut") for place in places)
    assert any(person.decoys for person in truth.people.values())


def test_every_kind_of_file_is_there(sample: tuple[Path, GroundTruth]) -> None:
    """Formats of customs, trade and the office, also inside archives."""
    _, truth = sample
    places = [place for person in truth.people.values() for place in person.places_in(CUSTOMS_FILES)]
    expected = {
        "cds_xml",
        "csv",
        "json",
        "mail",
        "text",
        "ncts_xml",
        "ubl_xml",
        "edifact",
        "vcard",
        "xlsx",
        "docx",
        "pdf",
    }
    assert {place.collection for place in places} == expected
    assert any("!" in place.key for place in places)


def test_every_place_on_the_mailing_list_exists(sample: tuple[Path, GroundTruth]) -> None:
    """The keys of the ground truth are those of the rows, and all rows are somebody's."""
    folder, truth = sample
    tables = {"subscriptions": "memberships", "addresses": "addresses", "held messages": "held_messages"}
    with closing(sqlite3.connect(folder / "mailing_list.db")) as connection:
        for collection, table in tables.items():
            there = {str(key) for (key,) in connection.execute(f"SELECT id FROM {table}")}
            places = [place for person in truth.people.values() for place in person.places_in(MAILING_LIST)]
            assert there == {place.key for place in places if place.collection == collection}


def test_one_client_at_least_is_the_controller(sample: tuple[Path, GroundTruth]) -> None:
    """Its folder says that the consultancy is only the processor."""
    folder, _ = sample
    roles = [yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("clients/*/client.yaml")]
    assert [each["role"] for each in roles] == ["processor"] * len(roles)
    assert 0 < len(roles) < len(list(folder.glob("clients/*")))


def test_consignees_are_cut_as_the_customs_office_cuts_them(sample: tuple[Path, GroundTruth]) -> None:
    """No name in that column is longer than 18 characters."""
    folder, _ = sample
    for path in folder.glob("clients/*/*/*.csv"):
        text = text_of(path.name, path.read_bytes())
        dialect = ";" if text.startswith("Entry number;") else ","
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=dialect):
            assert len(row["Consignee"]) <= 18


def test_the_people_to_try_have_several_records_everywhere(sample: tuple[Path, GroundTruth]) -> None:
    """One each for the three rights; the one to erase was a customer within the last six years."""
    _, truth = sample
    access, erasure, restriction = people_to_try(truth)
    assert [each.right for each in (access, erasure, restriction)] == [Right.ACCESS, Right.ERASURE, Right.RESTRICTION]
    assert erasure.person.relation is Relation.FORMER
    assert len({access.person.number, erasure.person.number, restriction.person.number}) == 3
    for trial in (access, erasure, restriction):
        for system in SYSTEMS:
            assert sum(place.strong for place in trial.person.places_in(system)) > 1


@pytest.mark.parametrize("seed", range(5))
def test_any_seed_has_people_to_try(tmp_path: Path, seed: int) -> None:
    """Also the smallest sample."""
    assert len(people_to_try(build(tmp_path / "small", people=40, files=20, seed=seed, today=TODAY))) == 3


def test_the_ground_truth_is_read_as_it_was_written(sample: tuple[Path, GroundTruth]) -> None:
    """What build returns and what lies in the folder are the same."""
    folder, truth = sample
    assert GroundTruth.read(folder / "ground-truth.json") == truth


def test_the_same_arguments_make_the_same_bytes(sample: tuple[Path, GroundTruth], tmp_path: Path) -> None:
    """Files, archives and mails included."""
    folder, _ = sample
    build(tmp_path / "again", people=300, files=150, seed=3, today=TODAY)
    assert content_of(tmp_path / "again") == content_of(folder)


def test_making_it_again_replaces_the_sample_and_leaves_the_rest(tmp_path: Path) -> None:
    """A file that somebody put there stays; files of the earlier sample are gone."""
    folder = tmp_path / "sample"
    build(folder, people=40, files=60, seed=1, today=TODAY)
    own = folder / "clients" / "notes of mine.txt"
    own.write_text("mine")
    build(folder, people=40, files=20, seed=2, today=TODAY)
    build(tmp_path / "fresh", people=40, files=20, seed=2, today=TODAY)
    assert own.read_text() == "mine"
    own.unlink()
    assert content_of(folder) == content_of(tmp_path / "fresh")


def test_what_requests_put_aside_goes_with_the_sample(tmp_path: Path) -> None:
    """A restricted file of the earlier sample is not found in the new one."""
    folder = tmp_path / "sample"
    build(folder, people=40, files=20, today=TODAY)
    aside = folder / "clients" / ".habeas" / "restricted"
    aside.mkdir(parents=True)
    (aside / "declaration.xml").write_text("put aside")
    build(folder, people=40, files=20, today=TODAY)
    assert not aside.exists()


def test_another_folder_is_refused(tmp_path: Path) -> None:
    """Nothing in it is touched, and the error says what to do."""
    (tmp_path / "thesis.txt").write_text("five years of work")
    with pytest.raises(UserError, match="choose a new folder"):
        build(tmp_path, people=40, files=20)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_marker_that_points_elsewhere_deletes_nothing(tmp_path: Path) -> None:
    """Whoever edited the marker can't make the sample delete other files."""
    (tmp_path / "precious.txt").write_text("keep")
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / ".habeas-sample").write_text("../precious.txt\n")
    with pytest.raises(UserError):
        build(folder, people=40, files=20)
    assert (tmp_path / "precious.txt").exists()


def test_numbers_too_small_are_refused(tmp_path: Path) -> None:
    """The error names the least."""
    with pytest.raises(UserError, match="at least 13 people and 20 files"):
        build(tmp_path / "tiny", people=3, files=2)
