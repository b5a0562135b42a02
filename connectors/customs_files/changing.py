"""A file's content with some of a person's blocks erased, or corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.customs_files.correcting import Corrected, Replaced, corrected, texts
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import Lines
from connectors.customs_files.passages import Changed, Edit
from connectors.customs_files.reading import Reading, Wanted, read, read_rows
from connectors.customs_files.rewriting import Route, rewriting
from connectors.customs_files.screen import Rows
from connectors.customs_files.search import Block, People, is_erased
from connectors.customs_files.windows import Counted
from connectors.customs_files.work import Planned
from habeas.domain.records import Match
from habeas.errors import PermanentError


class State(StrEnum):
    """What became of a planned block."""

    CHANGED = "changed"
    EMPTY = "empty"  # none of its fields held anything any more
    MARKED = "marked"  # it was erased before
    GONE = "gone"  # nothing of the person is in the file any more
    ELSEWHERE = "elsewhere"  # the person is in the file, but not where they were when the plan was made
    FIXED = "fixed"  # the format can't be changed
    REFUSED = "refused"  # what is right can't be written there: the field stays as it is


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of each planned block, and the change of the file; None if there is none."""

    states: tuple[State, ...]
    changed: Changed | None = None
    counted: Counted | None = None
    """Of rows of a larger file."""


def counted(reading: Reading, *, here: bool) -> Counted | None:
    """What is counted of rows of a larger file, None if they could not be read."""
    if not reading.layers:
        return None
    document = reading.layers[0].document
    return Counted(document.units, document.head_units, len(document.parts), here=here)


def change(
    content: bytes,
    limits: Limits,
    people: People,
    planned: Sequence[Planned],
    lines: Lines | None = None,
) -> Outcome:
    """Erase fields of blocks, or correct them.

    `lines` are set if the content is some rows of a larger file.

    Nothing is changed unless every state allows it, and nothing corrected unless all of that reads as it should.
    Raises PermanentError if anything else would read differently.
    """
    wanted = Rows(people.screen)

    def again(new: bytes, wanted: Wanted) -> Reading:
        return read_rows(new, lines, limits, wanted) if lines is not None else read(new, limits, wanted)

    reading = again(content, wanted)
    blocks = {block.key: block for block in people.blocks(reading)}
    here = any(each.match is Match.STRONG for each in blocks.values())
    told = counted(reading, here=here) if lines is not None else None
    edits: dict[Route, list[Edit]] = {}
    replaced: list[Replaced] = []
    states = []
    for key, names in planned:
        block = blocks.get(key)
        if block is None:
            states.append(State.MARKED if is_erased(reading, key) else State.ELSEWHERE if here else State.GONE)
        elif not block.changeable:
            states.append(State.FIXED)
        elif (made := _made(block, names)) is None:
            states.append(State.REFUSED)
        else:
            edits.setdefault(block.layer.route, []).extend(made.edits)
            replaced += made.replaced
            states.append(State.CHANGED if made.edits else State.EMPTY)
    edits = {route: list(dict.fromkeys(each)) for route, each in edits.items() if each}
    if not edits or State.FIXED in states:
        return Outcome(tuple(states), counted=told)
    try:
        changed = rewriting(reading, edits, lambda new: again(new, wanted.again()), texts(replaced))
    except PermanentError:
        if not replaced:
            raise
        refused = (State.REFUSED if each is State.CHANGED else each for each in states)
        return Outcome(tuple(refused), counted=told)
    return Outcome(tuple(states), changed, told)


def _made(block: Block, names: list[str] | dict[str, str]) -> Corrected | None:
    """The edits of one planned block, None if they can't be made."""
    return corrected(block, names) if isinstance(names, dict) else Corrected(list(block.edits(names)))
