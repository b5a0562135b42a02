"""What Habeas asks of the outside: connectors to systems, and the clock.

A connector knows nothing of the log, of retries, of offsets or of the law. It finds a person's records, and changes
them as it is told. What it can change is said by the capability protocols its `Application` implements.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from habeas.domain.descriptions import Described
from habeas.domain.outcomes import Annotate
from habeas.domain.progress import Unit
from habeas.domain.records import Found, Leftover, Record, Unsearched
from habeas.domain.subjects import Subject


class Clock(Protocol):
    """The time; injected, so that tests own it."""

    def now(self) -> datetime:
        """An aware datetime in UTC."""

    def today(self) -> date:
        """The date at the controller's seat."""


RETAINED_BY_REFERENCE = "retained_by_reference"
"""The verb of effects for records that were to be erased and that the system's own references keep: emptied where
that is possible."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a set-up, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Guard:
    """How what is restricted in one place of a system is kept from the company's own programs (Article 18(2)).

    `gap` is what they can still do with it.
    """

    place: str
    how: str
    gap: Problem | None = None


@dataclass(slots=True)
class Effects:
    """What was really done, counted in records per collection and verb ("erased", "restricted", …)."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, collection: str, verb: str, records: int = 1) -> None:
        """Count `records` more."""
        if records:
            self.counts.setdefault(collection, Counter())[verb] += records

    def as_json(self) -> dict[str, dict[str, int]]:
        """`{collection: {verb: records}}`."""
        return {collection: dict(verbs) for collection, verbs in self.counts.items()}

    @classmethod
    def of_json(cls, raw: Mapping[str, Mapping[str, int]]) -> "Effects":
        """The inverse of `as_json`."""
        return cls({collection: Counter(verbs) for collection, verbs in raw.items()})


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
        and erased as others. Only of records whose `annotated_for` is not None.
        """


@runtime_checkable
class Suppresses(Protocol):
    """Can see to it that nobody writes to the person again."""

    def suppress(self, record: Record) -> None:
        """Put the record's person on the system's own list of the unwanted."""


@runtime_checkable
class KeepsAway(Protocol):
    """A connector with a suppression list of its own, which others who write to its system do not ask."""

    def keep_away(self) -> Effects:
        """Take out again whoever is on the list and in the system: by an import, a restored backup, another program.

        Who was erased is erased again; who must only not be written to is taken off what is sent. Safe to repeat.
        Raises as a connector does.
        """

    def let_back(self, addresses: Sequence[str]) -> int:
        """Take e-mail addresses off the list, whose owners have asked for it; how many were on it.

        What is no e-mail address is on no list. Raises as a connector does.
        """


@runtime_checkable
class TellsLeavers(Protocol):
    """A connector with lists that people can leave by themselves, by a link in a mail, without a request to Habeas."""

    def leavers(self) -> AbstractContextManager[Sequence[str]]:
        """The addresses of those who have left since the last look and are on no list any more; none at the first.

        They are told again unless the context closes without an exception. Raises as a connector does.
        """


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


@runtime_checkable
class Sweeps(Protocol):
    """A connector that can look for copies where nobody said that people are: history, search words, logs."""

    def sweep(
        self, subjects: Sequence[Subject], kept: Callable[[], Iterator[Found]], /
    ) -> Iterator[Leftover | Unsearched]:
        """Where the whole system still holds the subjects' strong identifiers, outside the records that `find` yields.

        `kept` gives the records that were left on purpose, which may not be found any more once that by which they
        were found is erased; it may be called more than once.
        What could not be looked through is yielded too, once for all of the subjects. Raises as a connector does.
        """


@runtime_checkable
class Describes(Protocol):
    """A connector that can tell which collections, categories and dates it may yield."""

    def describe(self) -> Sequence[Described]:
        """Each collection, without looking at anybody's data. Raises as a connector does."""


@runtime_checkable
class Guards(Protocol):
    """A connector that can tell whether what it restricts is out of the reach of others who write to its system."""

    def guards(self) -> Sequence[Guard]:
        """Each place in which something may be restricted; changes nothing. Raises as a connector does."""


@runtime_checkable
class Guardable(Guards, Protocol):
    """One whose system can be made to refuse them."""

    def guard_script(self, roles: Sequence[str], /) -> str:
        """The SQL that an administrator runs against the programs that sign in as `roles`.

        Raises as a connector does, and ConfigurationError or NotFoundError if a role can't be guarded against.
        """


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

    def watched_by(self, onlooker: Onlooker, /) -> "Connector":
        """The same connector, which tells the onlooker during every search and change begun through it.

        It is used for one search or change at a time, and not closed.
        """


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
