"""Which tables hold people, and by which foreign keys the others hang on them, to any depth."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.sql.drafting.guessing import Guess, strong
from connectors.sql.drafting.inspecting import Inspected, Reference
from connectors.sql.drafting.vocabulary import names_people, says_acting
from habeas.domain.subjects import IdentifierKind

Guesses = Mapping[str, Mapping[str, Guess]]
_ADDRESSES = frozenset({IdentifierKind.EMAIL, IdentifierKind.PHONE})
_OF_PEOPLE = frozenset({"identity", "contact"})


@dataclass(frozen=True, slots=True)
class Link:
    """The parent that says whose a row is; `upward` if the parent is the one that refers to the row."""

    parent: str
    columns: tuple[tuple[str, str], ...]
    upward: bool


@dataclass(slots=True)
class Joins:
    """The tables that the map will name, in the order of their finding, each with its parent or none."""

    links: dict[str, Link | None] = field(default_factory=dict)

    def leads_to(self, name: str, ancestor: str) -> bool:
        """True if a table hangs on the other already."""
        while True:
            if name == ancestor:
                return True
            link = self.links.get(name)
            if link is None:
                return False
            name = link.parent


def join(tables: Mapping[str, Inspected], guesses: Guesses) -> Joins:
    """Start at the tables in which somebody can be looked up, and go along the references, nearest first."""
    joins = Joins()
    keyed = {name: table for name, table in tables.items() if table.key}
    roots = [name for name in keyed if strong(guesses[name])]
    joins.links.update(dict.fromkeys(roots))
    for name in roots:
        _take_holder(keyed[name], keyed, guesses, joins)
    _take_children(keyed, joins)
    _take_referred(keyed, guesses, joins)
    _take_children(keyed, joins)
    _drop_what_is_nobodys(guesses, joins)
    return joins


def _take_holder(table: Inspected, tables: Mapping[str, Inspected], guesses: Guesses, joins: Joins) -> None:
    """Where addresses have a table of their own, the people themselves are found through it."""
    own = guesses[table.name].values()
    if any(each.meaning.name_part for each in own) or not any(_ADDRESSES & set(each.identifiers) for each in own):
        return
    for reference in table.references:
        holder = tables.get(reference.table)
        if holder is None or joins.links.get(holder.name) is not None or joins.leads_to(table.name, holder.name):
            continue
        if any(_ADDRESSES & {kind} for kind, _ in strong(guesses[holder.name])):
            continue
        named = any(each.meaning.name_part for each in guesses[holder.name].values())
        if named or names_people(holder.name) or strong(guesses[holder.name]):
            joins.links[holder.name] = _upward(table.name, reference)
            return


def _take_children(tables: Mapping[str, Inspected], joins: Joins) -> None:
    children: dict[str, list[tuple[str, Reference]]] = {}
    for name, table in tables.items():
        for reference in table.references:
            if reference.table != name and not any(says_acting(column) for column in reference.own):
                children.setdefault(reference.table, []).append((name, reference))
    waiting = deque(joins.links)
    while waiting:
        parent = waiting.popleft()
        for name, reference in children.get(parent, ()):
            if name not in joins.links:
                joins.links[name] = Link(parent, tuple(zip(reference.own, reference.theirs, strict=True)), upward=False)
                waiting.append(name)


def _take_referred(tables: Mapping[str, Inspected], guesses: Guesses, joins: Joins) -> None:
    """What people's rows refer to and is about people itself: addresses that have a table of their own."""
    for name in list(joins.links):
        for reference in tables[name].references:
            there = reference.table
            if there in joins.links or there not in tables:
                continue
            about = [each for each in guesses[there].values() if each.meaning.category in _OF_PEOPLE]
            if len(about) > 1:
                joins.links[there] = _upward(name, reference)


def _upward(name: str, reference: Reference) -> Link:
    return Link(name, tuple(zip(reference.theirs, reference.own, strict=True)), upward=True)


def _drop_what_is_nobodys(guesses: Guesses, joins: Joins) -> None:
    """Only tables of which something is guessed stay, and those on the way to one."""
    needed: set[str] = set()
    for name in joins.links:
        if guesses[name]:
            needed.update(_way(name, joins))
    joins.links = {name: link for name, link in joins.links.items() if name in needed}


def _way(name: str, joins: Joins) -> Iterable[str]:
    yield name
    while (link := joins.links[name]) is not None:
        name = link.parent
        yield name
