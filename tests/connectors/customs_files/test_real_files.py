"""Over real files of others (HABEAS_CORPUS): every file is searched or listed, and erasing changes nothing else."""

import os
import shutil
from pathlib import Path

import pytest

from connectors.customs_files import FileStoreConnector
from connectors.customs_files.index.grams import Keyed
from connectors.customs_files.index.questions import Question
from connectors.customs_files.index.signing import Signing
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import splice
from connectors.customs_files.reading import read
from connectors.customs_files.rewriting import rewritten
from connectors.customs_files.search import People
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier

CORPUS = os.environ.get("HABEAS_CORPUS", "")
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPUS, reason="HABEAS_CORPUS is not set")]

PEOPLE = {
    "trader": (IdentifierKind.EORI, "GB150454489082"),
    "contact": (IdentifierKind.EMAIL, "sandeep@gmail.com"),
    "caller": (IdentifierKind.PHONE, "+44 808 157 0192"),
    "customer": (IdentifierKind.EMAIL, "MarieHamanova@armyspy.com"),
    "card": (IdentifierKind.EMAIL, "john.doe@ibm.com"),
    "buyer": (IdentifierKind.EMAIL, "luisg@embraer.com.br"),
}
NAMED = {"seller": "Les McQueen", "shaver": "Mr B Shaver"}
LIMITS = Limits()


def strong(name: str) -> Subject:
    kind, value = PEOPLE[name]
    return Subject(name, (identifier(kind, value),))


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return [path for path in sorted(Path(CORPUS).rglob("*")) if path.is_file()]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    shutil.copytree(CORPUS, root)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return root


def test_every_file_is_searched_or_listed(files) -> None:
    """A content is read, or its whole is a gap."""
    for path in files:
        reading = read(path.read_bytes(), LIMITS)
        assert reading.layers or reading.gaps, path.name


def test_every_passage_leads_back_to_its_characters(files) -> None:
    """What is said to be the text of a piece is what its characters mean, each in its place."""
    for path in files:
        for layer in read(path.read_bytes(), LIMITS).layers:
            source = layer.document.decoded.text
            for passage in layer.document.passages:
                for piece in passage.pieces if passage.editable else ():
                    text, places = piece.notation.read(source[piece.start : piece.stop])
                    assert text == passage.text[piece.begin : piece.end], path.name
                    assert len(places) == len(text) + 1


def test_the_first_look_lets_nothing_pass(files) -> None:
    """With it and without it, the same is found; and what is remembered of the look rules out who is not there."""
    people, keyed = People([strong(name) for name in PEOPLE]), Keyed(b"a key for a test")
    questions = [Question(People([strong(name)]).look.needs, keyed) for name in PEOPLE]
    absent = ruled_out = 0
    for path in files:
        content, signing = path.read_bytes(), Signing(keyed)
        both = [read(content, LIMITS), read(content, LIMITS, people.screen.noted_by(signing.note))]
        found = [[(each.subject, each.key, each.match) for each in people.blocks(each_way)] for each_way in both]
        assert found[0] == found[1], path.name
        assert both[0].gaps == both[1].gaps, path.name
        signature = signing.of(both[1])
        if both[1].gaps or signature is None:
            continue
        out = {number for number, each in enumerate(questions) if not each.may_be_met(signature)}
        there = {subject for subject, _, _ in found[0]}
        assert not out & there, path.name
        absent += len(questions) - len(there)
        ruled_out += len(out)
    assert ruled_out > 0.9 * absent


@pytest.mark.parametrize("name", PEOPLE)
def test_erasing_a_real_person_changes_their_fields_only(copied, name) -> None:
    """Files without them keep every byte; with them, all outside of the edits; afterwards they are in none."""
    subject = strong(name)
    before = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    connector = FileStoreConnector(copied)
    plan = [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]
    plan = [each for each in plan if each.match is Match.STRONG and each.changeable]
    assert plan
    people = People([subject])
    expected = dict(before)
    for path, content in before.items():
        reading = read(content, LIMITS, people.screen)
        edits: dict[tuple[int, ...], list] = {}
        for block in people.blocks(reading):
            if block.match is Match.STRONG and block.changeable:
                edits.setdefault(block.layer.route, []).extend(block.edits(()))
        if edits:
            expected[path] = rewritten(read(content, LIMITS), edits, LIMITS)
            if set(edits) == {()}:
                assert expected[path] == splice(content, edits[()])
    with connector.applying(subject, "task") as application:
        for record in plan:
            application.erase(PlannedRecord(record, ()).without_values().record, ())
    assert {path: path.read_bytes() for path in before} == expected
    assert sum(expected[path] != before[path] for path in before) == len({each.locator["path"] for each in plan})
    left = [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]
    assert [each for each in left if each.match is Match.STRONG and each.changeable] == []


@pytest.mark.parametrize("name", NAMED)
def test_a_real_name_is_for_review(name) -> None:
    """They are in the parties of declarations, with their addresses, and nowhere else."""
    subject = Subject(name, (identifier(IdentifierKind.NAME, NAMED[name]),))
    found = [each.what for each in FileStoreConnector(Path(CORPUS)).find([subject])]
    records = [each for each in found if isinstance(each, Record)]
    assert {each.collection for each in records} == {"customs declarations (CDS)"}
    assert {each.match for each in records} == {Match.WEAK}
    assert all("Address/Line" in {field.name for field in each.fields} for each in records)


def test_what_could_not_be_searched_has_a_reason(files) -> None:
    """A database, which is no file of a client's: it is listed by its place."""
    found = FileStoreConnector(Path(CORPUS)).find([strong("trader")])
    listed = {each.what.place: each.what.reason for each in found if isinstance(each.what, Unsearched)}
    kinds = {path.relative_to(CORPUS).as_posix() for path in files if path.suffix == ".sqlite"}
    assert kinds <= set(listed)
    assert all(listed.values())
