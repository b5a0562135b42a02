"""Which of the contacts that a party names are somebody else."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from connectors.customs_files.passages import Passage
from connectors.customs_files.people import Names
from connectors.customs_files.roles import Role

NAMES = (Role.NAME, Role.NAME_PART)


def contacts_of_others(
    members: Sequence[Passage], found_in: AbstractSet[int], names: Names, subject: int
) -> frozenset[int]:
    """The contacts, by ordinal, of a party in which a person was found by identifiers in some of its contacts.

    Somebody else is who has another name beside a contact that is the person's and has one too, or beside a party
    that has the person's name. What has no name stays with what is the person's: a number alone may be anybody's, and
    files write one person's name and address into two contacts.
    """
    named: dict[int, str] = {}
    for each in members:
        if each.role in NAMES:
            named[each.contact] = f"{named.get(each.contact, '')} {each.text}".strip()
    hers = {contact for contact, name in named.items() if subject in names.matching(name)}
    own = found_in | hers
    if not any(named.get(each) for each in own - {0}) and 0 not in hers:
        return frozenset()
    return frozenset(named) - own - {0}
