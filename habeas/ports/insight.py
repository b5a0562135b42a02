"""What a connector may be able to tell of its system beside what a search of it finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from habeas.domain.descriptions import Described
from habeas.domain.records import Found, Leftover, Unsearched
from habeas.domain.subjects import Subject
from habeas.ports.problems import Problem


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


@dataclass(frozen=True, slots=True)
class Guard:
    """How what is restricted in one place of a system is kept from the company's own programs (Article 18(2)).

    `gap` is what they can still do with it.
    """

    place: str
    how: str
    gap: Problem | None = None


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
