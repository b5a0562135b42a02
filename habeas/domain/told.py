"""What events tell, asked for by their class."""

from collections.abc import Iterable
from typing import TypeVar

from schemas.events import Event

_E = TypeVar("_E", bound=Event)


class Told:
    """Events of one request in order of time, whatever order they came in."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = sorted(events, key=lambda event: (event.at, event.id))

    def all(self, kind: type[_E]) -> list[_E]:
        """All of a class."""
        return [event for event in self._events if isinstance(event, kind)]

    def only(self, kind: type[_E]) -> _E | None:
        """The first of a class."""
        return next(iter(self.all(kind)), None)

    def any_of(self, kinds: tuple[type[Event], ...]) -> bool:
        """True if there is one of any of these classes."""
        return any(isinstance(event, kinds) for event in self._events)
