"""What client files can hold: every kind of file the same kinds of fields."""

from collections.abc import Sequence

from connectors.customs_files.anchors import ACCEPTANCE
from connectors.customs_files.clients import CUSTOMER_CEASED, Clients
from connectors.customs_files.kinds import FILE_NAMES
from connectors.customs_files.roles import Role
from habeas.domain.descriptions import Described

FILES = "files"
"""Of whatever kind: the collection of a record is its file's kind."""


def describe(clients: Clients) -> Sequence[Described]:
    """Fields by what they hold.

    The relations are those that are stated of the clients' folders; none is a gap as long as folders come and go, so
    that they count as told by the data.
    """
    stated = frozenset(each.relation for each in clients.holdings.values() if each.relation is not None)
    fields = {role.value.partition(":")[2]: role.category for role in Role}
    anchors = frozenset({ACCEPTANCE, CUSTOMER_CEASED})
    relations = stated or None
    return (
        Described(FILES, fields, relations, anchors),
        Described(FILE_NAMES, {"name": "identity"}, relations, frozenset({CUSTOMER_CEASED})),
    )
