"""Preferences as people chose them, level by level, each asked for once; what a restriction set is looked through."""

from typing import Any

from connectors.mailing_list.backend import Kind
from connectors.mailing_list.mailman.api import Entry, MailmanApi
from connectors.mailing_list.mailman.journal import Journal
from connectors.mailing_list.mailman.places import Places
from connectors.mailing_list.mailman.preferences import as_chosen, noted


class Levels:
    """For one search."""

    def __init__(self, api: MailmanApi, journal: Journal) -> None:
        self._api = api
        self._places = Places(api, journal)
        self._restrictions = {kind: journal.restrictions(kind) for kind in _RESTRICTABLE}
        self._addresses: dict[str, dict[str, Any]] = {}
        self._users: dict[str, dict[str, Any]] = {}
        self._names: dict[str, str | None] = {}

    def is_restricted(self, kind: Kind, key: str) -> bool:
        """True if the journal says so."""
        return key in self._restrictions[kind]

    def of_member(self, key: str) -> dict[str, Any]:
        """A membership's own."""
        return self._seen_through("subscriptions", key, noted(self._api.get("members", key, "preferences")))

    def of_address(self, entry: Entry) -> dict[str, Any]:
        """Those of an address, or of the address of a membership."""
        email = entry["email"]
        if email not in self._addresses:
            own = {} if "/" in email else noted(self._api.get("addresses", email, "preferences"))
            self._addresses[email] = self._seen_through("addresses", self._places.address_key(entry), own)
        return self._addresses[email]

    def of_user(self, user: str | None) -> dict[str, Any]:
        """A user's."""
        if user is None:
            return {}
        if user not in self._users:
            self._users[user] = noted(self._api.get("users", user, "preferences"))
        return self._users[user]

    def name_of_user(self, user: str | None) -> str | None:
        """What a user is called, None if Mailman was not told."""
        if user is None:
            return None
        if user not in self._names:
            self._names[user] = (self._api.get("users", user) or {}).get("display_name") or None
        return self._names[user]

    def _seen_through(self, kind: Kind, key: str, own: dict[str, Any]) -> dict[str, Any]:
        restriction = self._restrictions[kind].get(key)
        return own if restriction is None else as_chosen(own, restriction.before)


_RESTRICTABLE: tuple[Kind, ...] = ("subscriptions", "addresses")
