"""Who has left Mailman's lists by its own link, by mail or on its web pages: it keeps their addresses, off lists."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connectors.mailing_list.leavers import Member
from connectors.mailing_list.mailman.api import side_by_side
from connectors.mailing_list.mailman.places import Places

_AT_ONCE = 1_000


@contextmanager
def leaving(places: Places) -> Iterator[Sequence[str]]:
    """See `Backend.leaving`. All members are read, each by nothing but the address."""
    journal = places.journal
    lists = places.lists()

    def read(list_id: str) -> Iterator[Member]:
        for each in places.api.entries("lists", list_id, "roster", "member", size=_AT_ONCE, fields="email"):
            yield list_id, journal.digest(each["email"])

    members = frozenset(side_by_side(read, lists))
    gone = journal.left(lists, members)
    yield [each["email"] for each in places.all_addresses() if journal.digest(each["email"]) in gone] if gone else []
    journal.remember(members)
