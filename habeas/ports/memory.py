"""What a connector may keep of a search, so that the next is quicker."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Memory:
    """Where, on this machine; it may be emptied at any time.

    The folder is the system's own. `key` gives 32 bytes, to hash or seal with whatever leads to a person.
    """

    folder: Path
    key: Callable[[], bytes]


@runtime_checkable
class Remembers(Protocol):
    """A connector that need not read again what it has searched before and what is as it was."""

    def remember(self, memory: Memory, /) -> None:
        """From now on; what is found stays the same. Without it every search reads everything."""
