"""What an answer left out: systems that were given up when it was due, and what the person is still owed of them.

Pure. A later answer tells what they held or did as soon as they have done their part (Articles 12(3), 15(1)).
"""

from dataclasses import dataclass
from functools import reduce

from habeas.domain.told import Told
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import ResponseAssembled, TaskCompleted, UndoRequested


@dataclass(frozen=True, slots=True)
class Remainder:
    """Systems of which no answer has told yet; `ready` are those that have done their part since."""

    owed: frozenset[str] = frozenset()
    ready: frozenset[str] = frozenset()


def remainder(told: Told) -> Remainder:
    """By the set of the events; nothing is owed of a request that was refused or withdrawn, nor where it is undone."""
    left_out = [frozenset(each.without) for each in told.all(ResponseAssembled) if each.without is not None]
    if not left_out or told.any_of((RequestRefused, RequestWithdrawn)):
        return Remainder()
    owed = reduce(frozenset.intersection, left_out) - {each.system for each in told.all(UndoRequested)}
    return Remainder(owed, owed & {each.system for each in told.all(TaskCompleted)})
