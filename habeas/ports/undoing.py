"""How a wrong erasure is undone: what a connector keeps before it, and puts back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from habeas.domain.subjects import Subject
from habeas.ports.changes import Application


class Originals(Protocol):
    """Where a connector puts what a change is about to destroy, so that a wrong erasure can be undone."""

    def keep(self, name: str, content: bytes) -> None:
        """Seal the content, durably, before the change is made.

        `name` names the change, within the task, without personal data: the path and the digest of what is there
        before it, a table and a key. What was kept first under a name stays, so that a repetition after a crash
        never puts what is erased already in the original's place. Raises FencedError when the task has gone to
        another worker.
        """

    def keep_all(self, originals: Sequence[tuple[str, bytes]]) -> None:
        """The same for several, by name and content, which takes hardly longer than for one."""
        for name, content in originals:
            self.keep(name, content)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An original that could not be put back, and why; for the operator, so neither on the log nor in log lines."""

    place: str
    reason: str


class Restoration(Application, Protocol):
    """The undoing of one erasure, made while its context is open; `lift` as in `Restricts`, if it can restrict."""

    def restore(self, original: bytes) -> Refusal | None:
        """Put back exactly what was kept, and count it as "restored"; the originals come newest first.

        Safe to repeat, also when `earlier` is set: what is in its place already is not touched. What somebody else has
        changed meanwhile is refused, and stays as it is.
        """


@runtime_checkable
class Undoes(Protocol):
    """A connector that keeps what it erases, and can put it back."""

    def applying_undoably(
        self, subject: Subject, task_id: str, originals: Originals, /
    ) -> AbstractContextManager[Application]:
        """As `Connector.applying`; each original is kept before its change is made."""

    def undoing(self, subject: Subject, task_id: str, /) -> AbstractContextManager[Restoration]:
        """Open the undoing of an erasure; `task_id` is the undoing's own."""
