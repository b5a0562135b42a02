"""What is asked of connectors with lists of people who are written to, or are not to be."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from habeas.ports.effects import Effects


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
