"""What is said of how a table is guarded, the same for every engine."""

from collections.abc import Iterable

from habeas.ports import Guard, Problem

MOVED_AWAY = "moved away"
GUARDED = "guarded"
HEEDED = "left to the programs, which heed the mark as the map says"


def again(system: str) -> str:
    """What to do about most of it."""
    return f"run what 'habeas connectors guard {system}' prints"


def marked_only(system: str) -> Problem:
    """Nothing keeps programs from what is marked."""
    return Problem(
        "marked only: programs of your own must heed the mark",
        f"{again(system)}; if they do heed it, say so by 'heeded_by' in the map",
    )


def first(place: str, how: str, gaps: Iterable[Problem]) -> Guard:
    """Guarded, unless there is a gap."""
    return Guard(place, how, next(iter(gaps), None))


def remark(text: str) -> str:
    """A line of SQL that does nothing, whatever a name in it holds."""
    return f"-- {' '.join(text.split())}"
