"""Whoever stands in the sample with a strong identifier is found there, and nobody else, in every system and format."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from connectors.customs_files import FileStoreConnector
from connectors.customs_files.stores.local import LocalStore
from habeas.cli.sample import SYSTEMS as FOLDER
from habeas.cli.sample import make_consultancy
from habeas.cli.session import Session
from habeas.domain.records import Found
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Memory
from habeas.sample.accuracy import Accuracy, measure
from habeas.sample.truth import CUSTOMS_FILES, FILE_NAME, SYSTEMS, GroundTruth


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Accuracy]]:
    folder = tmp_path_factory.mktemp("sample")
    make_consultancy(folder, people=400, files=400, seed=7)
    truth = GroundTruth.read(folder / FOLDER / FILE_NAME)
    with Session(folder / "habeas.toml").opened() as habeas:
        return {system: measure(habeas.connector(system), system, truth) for system in SYSTEMS}


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_is_missed_and_nobody_taken_for_another(
    measured: Mapping[str, Mapping[str, Accuracy]], system: str
) -> None:
    """Recall and precision are 1.000 in each table and each format."""
    assert {name: (each.recall, each.precision) for name, each in measured[system].items()} == dict.fromkeys(
        measured[system], (1.0, 1.0)
    )


def test_nobody_is_missed_in_what_was_searched_before(tmp_path: Path) -> None:
    """Of what is remembered of files nothing is known but for whom they need not be read again."""
    make_consultancy(tmp_path, people=60, files=200, seed=11)
    truth = GroundTruth.read(tmp_path / FOLDER / FILE_NAME)
    store = LocalStore(tmp_path / FOLDER / "clients", now_ns=lambda: time.time_ns() + 3_600_000_000_000)
    connector = FileStoreConnector(store)
    connector.remember(Memory(tmp_path / "memory", lambda: bytes(32)))
    assert list(connector.find([Subject("nobody", (identifier(IdentifierKind.EMAIL, "nobody@example.net"),))])) == []
    remembered = measure(OneByOne(connector), CUSTOMS_FILES, truth)
    connector.close()
    assert {(each.recall, each.precision) for each in remembered.values()} == {(1.0, 1.0)}


class OneByOne:
    """Searches for each person in a pass of their own, which leaves out the most files."""

    def __init__(self, connector: FileStoreConnector) -> None:
        self.connector = connector

    def find(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        for each in subjects:
            yield from self.connector.find([each])


def test_every_format_was_tried(measured: Mapping[str, Mapping[str, Accuracy]]) -> None:
    """Enough of each that a fault in one reader would be seen."""
    files = measured[CUSTOMS_FILES]
    assert {*files} == {
        "cds_xml", "csv", "docx", "edifact", "json", "mail", "ncts_xml", "pdf", "text", "ubl_xml", "vcard", "xlsx", "zip",
    }  # fmt: skip
    assert all(len(each.standing) >= 5 for each in files.values())


class Blind:
    """A connector that finds nothing."""

    def find(self, subjects: object) -> Iterator[Found]:
        del subjects
        return iter(())


def test_a_search_that_finds_nothing_has_no_recall(tmp_path: Path) -> None:
    """The measure can tell a bad search from a good one."""
    make_consultancy(tmp_path, people=50, files=30, seed=1)
    truth = GroundTruth.read(tmp_path / FOLDER / FILE_NAME)
    assert {each.recall for each in measure(Blind(), CUSTOMS_FILES, truth).values()} == {0.0}  # type: ignore[arg-type]
