"""A folder of files, and one person who is in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.customs_files import FileStoreConnector, Limits
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Effects

ANNA = Subject(
    "anna",
    (
        identifier(IdentifierKind.EMAIL, "anna.oberg@example.org"),
        identifier(IdentifierKind.NAME, "Anna Öberg"),
        identifier(IdentifierKind.PHONE, "+44 161 496 0123"),
        identifier(IdentifierKind.EORI, "GB123456789000"),
        identifier(IdentifierKind.CUSTOMER_NUMBER, "C-10427"),
    ),
)


class Folder:
    """A store in a folder, with what a test asks of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.connector = FileStoreConnector(root)

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def limit(self, limits: Limits) -> None:
        self.connector = FileStoreConnector(self.root, limits=limits)

    def records(self, subject: Subject = ANNA) -> list[Record]:
        return [each.what for each in self.connector.find([subject]) if isinstance(each.what, Record)]

    def strong(self, subject: Subject = ANNA) -> list[Record]:
        return [each for each in self.records(subject) if each.match is Match.STRONG]

    def weak(self, subject: Subject = ANNA) -> list[Record]:
        return [each for each in self.records(subject) if each.match is Match.WEAK]

    def unsearched(self, subject: Subject = ANNA) -> dict[str, str]:
        found = [each.what for each in self.connector.find([subject])]
        return {each.place: each.reason for each in found if isinstance(each, Unsearched)}

    def erase(self, subject: Subject = ANNA, task_id: str = "task") -> Effects:
        """Erase all that is surely theirs, by a plan without values."""
        plan = [PlannedRecord(each, ()).without_values().record for each in self.strong(subject)]
        with self.connector.applying(subject, task_id) as application:
            for record in plan:
                application.erase(record, ())
        return application.effects

    def leftovers(self) -> list[str]:
        """Files of ours outside of our own folder."""
        return [str(path) for path in self.root.rglob(".habeas-*")]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    root = tmp_path / "store"
    root.mkdir()
    made = Folder(root)
    yield made
    made.connector.close()


@pytest.fixture
def new_folder() -> type[Folder]:
    """Opens a store that is there."""
    return Folder


@pytest.fixture
def anna() -> Subject:
    return ANNA
