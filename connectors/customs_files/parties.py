"""Which values belong together as one person's: the party blocks of a tree of named values.

XML elements and JSON objects are nodes. A node is a party by its name (`Declarant`), or by what it holds (an e-mail
address, a surname). Parts of a party (`Address`, `Contact`) belong to it. Where one node holds several parties' fields
side by side (`consignee_name`, `declarant_name`), they are told apart by the party in their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.customs_files.passages import Passage
from connectors.customs_files.roles import (
    is_attached,
    is_party,
    is_person,
    is_thing,
    party_word,
    role_in_party,
    role_of,
)


@dataclass(slots=True)
class Node:
    """An element or an object, with the passages that stand directly in it."""

    name: str
    parent: "Node | None"
    values: list[Passage] = field(default_factory=list)
    home: "Node | None" = None
    path: str = ""  # from its home
    contact: "Node | None" = None


def group(nodes: Sequence[Node], first_unit: int = 0) -> int:
    """Give every passage of the nodes (in document order) its unit and role; returns the next free unit."""
    for node in nodes:
        _settle(node)
    homes: dict[int, list[Passage]] = {}
    contacts: dict[int, int] = {}
    unit = first_unit
    for node in nodes:
        if node.home is None:
            for passage in node.values:
                passage.unit, unit = unit, unit + 1
            continue
        contact = contacts.setdefault(id(node.contact), len(contacts) + 1) if node.contact is not None else 0
        for passage in node.values:
            passage.contact = contact
            passage.role = role_in_party(passage.name, node.name)
            passage.name = f"{node.path}/{passage.name}" if node.path else passage.name
        homes.setdefault(id(node.home), []).extend(node.values)
    for passages in homes.values():
        unit = by_party(passages, unit)
    return unit


def by_party(passages: Sequence[Passage], first_unit: int) -> int:
    """Split the values of one node or row by the party that their names speak of; returns the next free unit."""
    parties = {party_word(each.name.rpartition("/")[2]) for each in passages if each.role is not None} - {""}
    units: dict[str, int] = {}
    unit = first_unit
    for passage in passages:
        party = party_word(passage.name.rpartition("/")[2]) if len(parties) > 1 else ""
        if party not in units:
            units[party], unit = unit, unit + 1
        passage.unit = units[party]
    return unit


def _settle(node: Node) -> None:
    """Find the party that a node is, or is part of."""
    parent = node.parent
    if is_thing(node.name):
        node.home = node if _tells(node) else None
    elif parent is not None and parent.home is not None and is_attached(node.name):
        node.home = parent.home
        node.contact = node if is_person(node.name) else parent.contact
        node.path = f"{parent.path}/{node.name}" if parent.path else node.name
    elif is_party(node.name) or is_person(node.name) or _tells(node):
        node.home = node


def _tells(node: Node) -> bool:
    for each in node.values:
        role = role_of(each.name)
        if role is not None and role.tells_a_person:
            return True
    return False
