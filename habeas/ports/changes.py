"""The changes of one task, and what each connector may be able to change: one capability for each kind of outcome."""

from collections.abc import Set as AbstractSet
from typing import Protocol, runtime_checkable

from habeas.domain.outcomes import Annotate
from habeas.domain.records import Record
from habeas.ports.effects import Effects


class Application(Protocol):
    """The changes of one task in one system, made while its context is open.

    Where the system allows it they are one transaction, which also notes the task id, so that a second application
    of the same task changes nothing and still tells what the first one did. Elsewhere each change is safe to repeat.
    """

    @property
    def earlier(self) -> Effects | None:
        """What an earlier application of this very task did, None if there was none: then nothing is left to do."""

    @property
    def effects(self) -> Effects:
        """What has been done so far; complete once the context has closed."""


@runtime_checkable
class Erases(Protocol):
    """Can remove a record, or some of its fields."""

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        """Remove the named fields' content, or all of the record if `fields` is empty or names all of them."""


@runtime_checkable
class Retains(Protocol):
    """Can tell which records its own references kept although they were to be erased."""

    @property
    def retained(self) -> AbstractSet[tuple[str, str]]:
        """By collection and key, those of them in which something is left that could not be emptied."""


@runtime_checkable
class Anonymises(Protocol):
    """Can keep a record without anything that leads to the person."""

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        """Replace the named fields, or all of them, by values that lead to nobody."""


@runtime_checkable
class Restricts(Protocol):
    """Can take a record out of use and keep it stored (Article 18, recital 67)."""

    def restrict(self, record: Record) -> None:
        """Mark or move the record so that it is stored only."""

    def lift(self, record: Record) -> None:
        """Undo `restrict`."""


@runtime_checkable
class Rectifies(Protocol):
    """Can correct a field."""

    def rectify(self, record: Record, name: str, value: str) -> None:
        """Set the named field."""


@runtime_checkable
class Annotates(Protocol):
    """Can put a person's words beside a record, where whoever uses the record sees them (Article 16)."""

    def annotate(self, record: Record, fields: tuple[str, ...], annotation: Annotate) -> None:
        """Put it there, as concerning the named fields, or all of the record if there are none.

        Once for each request and record: again changes nothing. From then on the record says so (`annotated_for`), and
        a search finds what was put there: in a field of it, or as a record of its own (`annotation`), to be disclosed
        and erased as others. Only of records whose `annotated_for` is not None. Whose it is may be said by nothing but
        what the record itself holds.
        """


@runtime_checkable
class Suppresses(Protocol):
    """Can see to it that nobody writes to the person again."""

    def suppress(self, record: Record) -> None:
        """Put the record's person on the system's own list of the unwanted."""
