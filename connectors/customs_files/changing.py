"""A file's content with some of a person's blocks erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Edit
from connectors.customs_files.reading import read
from connectors.customs_files.rewriting import Route, rewriting
from connectors.customs_files.screen import Rows
from connectors.customs_files.search import People, is_erased
from habeas.domain.records import Match


class State(StrEnum):
    """What became of a planned block."""

    CHANGED = "changed"
    EMPTY = "empty"  # none of its fields held anything any more
    MARKED = "marked"  # it was erased before
    GONE = "gone"  # nothing of the person is in the file any more
    ELSEWHERE = "elsewhere"  # the person is in the file, but not where they were when the plan was made
    FIXED = "fixed"  # the format can't be changed


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of each planned block, and the change of the file; None if there is none."""

    states: tuple[State, ...]
    changed: Changed | None = None


def change(content: bytes, limits: Limits, people: People, planned: Sequence[tuple[str, Sequence[str]]]) -> Outcome:
    """Erase fields of blocks: each by its key, with the names of its fields (none: all).

    Nothing is changed unless every state allows it. Raises PermanentError if anything else would read differently.
    """
    wanted = Rows(people.screen)
    reading = read(content, limits, wanted)
    blocks = {block.key: block for block in people.blocks(reading)}
    edits: dict[Route, list[Edit]] = {}
    states = []
    for key, names in planned:
        block = blocks.get(key)
        if block is None:
            here = any(each.match is Match.STRONG for each in blocks.values())
            states.append(State.MARKED if is_erased(reading, key) else State.ELSEWHERE if here else State.GONE)
        elif not block.changeable:
            states.append(State.FIXED)
        else:
            mine = list(block.edits(names))
            edits.setdefault(block.layer.route, []).extend(mine)
            states.append(State.CHANGED if mine else State.EMPTY)
    edits = {route: list(dict.fromkeys(each)) for route, each in edits.items() if each}
    if not edits or State.FIXED in states:
        return Outcome(tuple(states))
    return Outcome(tuple(states), rewriting(reading, edits, limits, wanted.again()))
