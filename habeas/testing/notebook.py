"""A small system that keeps notes about people and fails as a test wishes, since real ones don't do so on call."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace

from habeas.domain.records import Field, Found, Match, Record
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.ports import Effects, Originals, Problem, Refusal


@dataclass(slots=True)
class Note:
    """A note about somebody; a weak one tells only their name, one with a client is held for it.

    `categories` are those of the address and the text.
    """

    key: str
    email: str
    text: str | None = "a note"
    restricted: bool = False
    weak: bool = False
    client: str | None = None
    changeable: bool = True
    categories: Sequence[str] = ("contact", "profile")


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
        """Remove the note, or empty its text if that is all that goes."""
        self.effects.note(record.collection, "erased")
        self.changes.append(lambda: self._empty(record.key) if fields == ("text",) else self._remove(record.key))

    def restrict(self, record: Record) -> None:
        """Mark the note."""
        self.effects.note(record.collection, "restricted")
        self.changes.append(lambda: self._mark(record.key, restricted=True))

    def lift(self, record: Record) -> None:
        """Take the mark away."""
        self.effects.note(record.collection, "lifted")
        self.changes.append(lambda: self._mark(record.key, restricted=False))

    def note(self, key: str) -> Note | None:
        """The note of that key as it is now."""
        return next((each for each in self._notebook.notes if each.key == key), None)

    def _remove(self, key: str) -> None:
        self._notebook.notes[:] = [note for note in self._notebook.notes if note.key != key]

    def _empty(self, key: str) -> None:
        for note in self._notebook.notes:
            if note.key == key:
                note.text = None

    def _mark(self, key: str, *, restricted: bool) -> None:
        for note in self._notebook.notes:
            if note.key == key:
                note.restricted = restricted


class UndoableNotebook(Notebook):
    """One that keeps what it erases. A note that has been written anew under the same key is not overwritten."""

    @contextmanager
    def applying_undoably(
        self, subject: Subject, task_id: str, originals: Originals
    ) -> Iterator["KeepingNotebookApplication"]:
        """As `applying`."""
        with self.applying(subject, task_id) as application:
            yield KeepingNotebookApplication(application, originals)

    @contextmanager
    def undoing(self, subject: Subject, task_id: str) -> Iterator["NotebookRestoration"]:
        """Everything at once, when the context closes."""
        self.before("undo", subject)
        restoration = NotebookRestoration(self, task_id)
        yield restoration
        with self.lock:
            for change in restoration.changes:
                change()
            if restoration.earlier is None:
                self.applied[task_id] = restoration.effects
                self.done.append(("undo", subject.token))
        self.before("undone", subject)


class KeepingNotebookApplication:
    """Puts each note into the keeper's hands before it erases it."""

    def __init__(self, application: "NotebookApplication", originals: Originals) -> None:
        self._application = application
        self._originals = originals

    @property
    def earlier(self) -> Effects | None:
        return self._application.earlier

    @property
    def effects(self) -> Effects:
        return self._application.effects

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        note = self._application.note(record.key)
        if note is not None:
            self._originals.keep(f"note {record.key}", json.dumps(asdict(note)).encode())
        self._application.erase(record, fields)

    def restrict(self, record: Record) -> None:
        self._application.restrict(record)

    def lift(self, record: Record) -> None:
        self._application.lift(record)


class NotebookRestoration(NotebookApplication):
    """Writes erased notes again."""

    def restore(self, original: bytes) -> Refusal | None:
        was = Note(**json.loads(original))
        now = self.note(was.key)
        if now is not None and now.text != was.text:
            return Refusal(f"note {was.key}", "another note has its place")
        self.effects.note("notes", "restored")
        if now is None and self.earlier is None:
            self.changes.append(lambda: self._notebook.notes.append(was))
        return None


def _record(note: Note) -> Record:
    return Record(
        collection="notes",
        key=note.key,
        match=Match.WEAK if note.weak else Match.STRONG,
        matched_by=(IdentifierKind.NAME if note.weak else IdentifierKind.EMAIL,),
        fields=(Field("email", note.email, note.categories[0]), Field("text", note.text, note.categories[1])),
        restricted=note.restricted,
        client=note.client,
        changeable=note.changeable,
    )
