"""A small system that keeps notes about people and fails as a test wishes, since real ones don't do so on call."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from habeas.domain.records import Field, Found, Match, Record
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.ports import Effects, Problem


@dataclass(slots=True)
class Note:
    """A note about somebody."""

    key: str
    email: str
    text: str | None = "a note"
    restricted: bool = False


@dataclass
class Notebook:
    """The system. `before` is called with the name of every operation and its subject, and may raise."""

    notes: list[Note] = field(default_factory=list)
    before: Callable[[str, Subject], None] = lambda _operation, _subject: None
    done: list[tuple[str, str]] = field(default_factory=list)
    applied: dict[str, Effects] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def find(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        """All notes by e-mail address."""
        for subject in subjects:
            self.before("find", subject)
            with self.lock:
                self.done.append(("find", subject.token))
                mine = [replace(note) for note in self.notes if note.email in subject.values(IdentifierKind.EMAIL)]
            for note in mine:
                yield Found(subject.token, _record(note))

    @contextmanager
    def applying(self, subject: Subject, task_id: str) -> Iterator["NotebookApplication"]:
        """All changes at once, when the context closes without an exception."""
        self.before("apply", subject)
        application = NotebookApplication(self, task_id)
        yield application
        with self.lock:
            for change in application.changes:
                change()
            if application.earlier is None:
                self.applied[task_id] = application.effects
                self.done.append(("apply", subject.token))
        self.before("applied", subject)

    def check(self) -> Sequence[Problem]:
        """Never anything wrong."""
        return []

    def close(self) -> None:
        """Nothing to give back."""

    def count(self, operation: str) -> Counter[str]:
        """How often an operation was done for each subject."""
        return Counter(token for name, token in self.done if name == operation)


class NotebookApplication:
    """Can erase and restrict."""

    def __init__(self, notebook: Notebook, task_id: str) -> None:
        self.earlier = notebook.applied.get(task_id)
        self.effects = Effects()
        self.changes: list[Callable[[], None]] = []
        self._notebook = notebook

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        """Remove the note."""
        del fields
        self.effects.note(record.collection, "erased")
        self.changes.append(lambda: self._remove(record.key))

    def restrict(self, record: Record) -> None:
        """Mark the note."""
        self.effects.note(record.collection, "restricted")
        self.changes.append(lambda: self._mark(record.key, restricted=True))

    def lift(self, record: Record) -> None:
        """Take the mark away."""
        self.effects.note(record.collection, "lifted")
        self.changes.append(lambda: self._mark(record.key, restricted=False))

    def _remove(self, key: str) -> None:
        self._notebook.notes[:] = [note for note in self._notebook.notes if note.key != key]

    def _mark(self, key: str, *, restricted: bool) -> None:
        for note in self._notebook.notes:
            if note.key == key:
                note.restricted = restricted


def _record(note: Note) -> Record:
    return Record(
        collection="notes",
        key=note.key,
        match=Match.STRONG,
        matched_by=(IdentifierKind.EMAIL,),
        fields=(Field("email", note.email, "contact"), Field("text", note.text, "profile")),
        restricted=note.restricted,
    )
