"""Keys of what Mailman holds, and where to find it again by its key.

Mailman knows addresses by themselves, and counts held messages by numbers that it gives out anew. So a key has a keyed
hash of the address in it, or of what a number stood for, and whoever acts on it looks first.
"""

import hashlib
from collections.abc import Iterator

from connectors.mailing_list.mailman.api import Entry, MailmanApi
from connectors.mailing_list.mailman.journal import Journal

NO_USER = "-"
EVERY_LIST = "*"
HELD_AT_ONCE = 10
"""Held messages come with their text."""
_ADDRESSES_AT_ONCE = 5000


class Places:
    """Looks things up in Mailman."""

    def __init__(self, api: MailmanApi, journal: Journal) -> None:
        self.api = api
        self.journal = journal

    def lists(self) -> list[str]:
        """The ids of all lists."""
        return [str(each["list_id"]) for each in self.api.entries("lists")]

    def all_addresses(self) -> Iterator[Entry]:
        """Every address of the server."""
        return self.api.entries("addresses", size=_ADDRESSES_AT_ONCE)

    def address_key(self, address: Entry) -> str:
        """`user/hash`."""
        return f"{user_of(address) or NO_USER}/{self.journal.digest(address['email'])}"

    def address(self, key: str) -> Entry | None:
        """The address of that key."""
        user, _, digest = key.partition("/")
        held = self.all_addresses() if user == NO_USER else self.api.entries("users", user, "addresses")
        return next((each for each in held if self.journal.digest(each["email"]) == digest), None)

    def held_key(self, list_id: str, message: Entry) -> str:
        """`list/number/hash`."""
        digest = hashlib.sha256(str(message["message_id"]).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return f"{list_id}/{message['request_id']}/{digest}"

    def held(self, key: str) -> Entry | None:
        """The held message of that key."""
        list_id, number, _ = key.split("/")
        message = self.api.get("lists", list_id, "held", number)
        return message if message is not None and self.held_key(list_id, message) == key else None

    def bans_of(self, list_id: str) -> Iterator[Entry]:
        """The bans of a list, or those of every list."""
        return self.api.entries(*_ban_path(list_id))

    def ban_key(self, list_id: str, ban: Entry) -> str:
        """`list/hash`."""
        return f"{list_id}/{self.journal.digest(ban['email'])}"

    def ban(self, key: str) -> tuple[tuple[str, ...], str] | None:
        """Where the ban of that key stands, and what it is on."""
        list_id, _, _ = key.partition("/")
        for each in self.bans_of(list_id):
            if self.ban_key(list_id, each) == key:
                return _ban_path(list_id), str(each["email"])
        return None

    def applications(self, list_id: str) -> Iterator[Entry]:
        """Who waits to join a list or to leave it."""
        for wish in ("subscription", "unsubscription"):
            yield from self.api.entries("lists", list_id, "requests", request_type=wish)

    def application_key(self, list_id: str, application: Entry) -> str:
        """`list/hash`; the token itself would let its holder confirm the application."""
        return f"{list_id}/{hashlib.sha256(str(application['token']).encode()).hexdigest()[:32]}"

    def application(self, key: str) -> Entry | None:
        """The application of that key."""
        list_id, _, _ = key.partition("/")
        waiting = self.applications(list_id)
        return next((each for each in waiting if self.application_key(list_id, each) == key), None)

    def member(self, key: str) -> Entry | None:
        """The membership of that key, which is Mailman's own."""
        return self.api.get("members", key)

    def memberships(self, email: str) -> list[Entry]:
        """The lists an address is on, in any role."""
        if "*" in email and self.api.get("addresses", email) is None:
            return []  # Mailman would take the asterisk for anything
        found = self.api.entries("members", "find", by="POST", subscriber=email)
        return [each for each in found if each["email"] == email]


def user_of(entry: Entry) -> str | None:
    """The id of the user that an address or a membership belongs to."""
    return str(entry["user"]).rpartition("/")[2] if "user" in entry else None


def digest_of(key: str) -> str:
    """The keyed hash in the key of an address."""
    return key.rpartition("/")[2]


def is_application(key: str) -> bool:
    """True for the key of an application, False for that of a membership."""
    return "/" in key


def _ban_path(list_id: str) -> tuple[str, ...]:
    return ("bans",) if list_id == EVERY_LIST else ("lists", list_id, "bans")
