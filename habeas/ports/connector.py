"""What every connector does, and how one that takes long tells how far it is."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from habeas.domain.progress import Unit
from habeas.domain.records import Found
from habeas.domain.subjects import Subject
from habeas.ports.changes import Application
from habeas.ports.problems import Problem


class Connector(Protocol):
    """One system.

    Every method raises RetriableError for a passing fault, SystemDownError if the system as a whole is out of reach,
    PermanentError if trying again can't help; never with personal data in the message.
    """

    def find(self, subjects: Sequence[Subject], /) -> Iterator[Found]:
        """Everything held about each of the subjects, in one pass where the system allows it.

        One subject's records come collection by collection. They are yielded as they are found, not collected: a
        person may have a million.
        """

    def applying(self, subject: Subject, task_id: str, /) -> AbstractContextManager[Application]:
        """Open the changes of one task. They hold once the context has closed without an exception."""

    def check(self) -> Sequence[Problem]:
        """What keeps the connector from working, empty if nothing does; changes nothing."""

    def close(self) -> None:
        """Give back connections."""


class Onlooker(Protocol):
    """Who is told how far a search or a change is. Telling costs next to nothing: do it for every file or page.

    What is told has no personal data in it, and may come from any thread.
    """

    def tell(self, done: int, of: int | None, unit: Unit, /) -> None:
        """So much of the system is searched, or changed; `of` is None while the whole is not known."""

    def tell_part(self, done: int, of: int | None, unit: Unit, /) -> None:
        """The same of what is under way, a large file say, until the next `tell`."""


@runtime_checkable
class Watchable(Protocol):
    """A connector that may work for long without yielding a record, and tells how far it is meanwhile."""

    def watched_by(self, onlooker: Onlooker, /) -> Connector:
        """The same connector, which tells the onlooker during every search and change begun through it.

        It is used for one search or change at a time, and not closed.
        """
