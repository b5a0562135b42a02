"""The changes of one task in Mailman.

There are no transactions: each change is announced in the journal, then made, and may be repeated.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import assert_never

from connectors.mailing_list.backend import BlankableField, Kind
from connectors.mailing_list.mailman import correcting
from connectors.mailing_list.mailman.api import MailmanApi
from connectors.mailing_list.mailman.leaving import leave, remove_address
from connectors.mailing_list.mailman.places import Places, digest_of, is_application, user_of
from connectors.mailing_list.mailman.preferences import noted
from connectors.mailing_list.mailman.restricting import give_back, hold_back, own_delivery
from habeas.errors import PermanentError
from habeas.ports import Effects

_DELIVERED_TO = frozenset({"members", "addresses"})


class MailmanChanges:
    """`Changes` by the REST API, with the journal's help."""

    def __init__(self, places: Places, task_id: str) -> None:
        self._places = places
        self._api = places.api
        self._journal = places.journal
        self._task_id = task_id
        self._earlier = self._journal.earlier(task_id)

    @property
    def earlier(self) -> Effects | None:
        """See `Changes`."""
        return self._earlier

    def remove(self, kind: Kind, key: str) -> int:
        """See `Changes`."""
        change = self._removal(kind, key)
        if change is not None:
            self._announce(kind, key, "erased")
            if kind == "addresses":
                self._journal.note_erased(digest_of(key))
            change()
        self._journal.forget_restriction(kind, key)
        return self._begun(kind, key, "erased")

    def leave_all(self, address: str) -> int:
        """See `Changes`."""
        verb = f"left with {address}"
        entry = self._places.address(address)
        for membership in self._places.memberships(entry["email"]) if entry else ():
            key = str(membership["member_id"])
            self._announce("subscriptions", key, verb)
            leave(self._api, membership)
            self._journal.forget_restriction("subscriptions", key)
        return self._journal.count(self._task_id, "subscriptions", verb)

    def blank(self, address: str, fields: Collection[BlankableField]) -> int:
        """See `Changes`. Raises PermanentError for the date of registration, which Mailman keeps with the address."""
        if "registered_on" in fields:
            raise PermanentError("Mailman can't forget when an address was registered and keep the address")
        entry = self._places.address(address)
        if entry is None:
            return self._begun("addresses", address, "blanked")
        self._announce("addresses", address, "blanked")
        own = ("addresses", str(entry["email"]))
        user = user_of(entry)
        holders = [own] if user is None else [own, ("users", user)]
        if any(_holds(self._api, *holder, fields=fields) for holder in holders):
            self._announce("addresses", address, "blanked")
        for holder in holders:
            if "display_name" in fields:
                self._api.patch(*holder, display_name="")
            if "preferences" in fields:
                self._api.delete(*holder, "preferences")
        if "preferences" in fields and self._journal.restriction("addresses", address):
            self._journal.forget_before("addresses", address)
            hold_back(self._api, *own)
        return self._begun("addresses", address, "blanked")

    def restrict(self, kind: Kind, key: str) -> int:
        """See `Changes`. A held message or a ban is marked as such in the journal only: Mailman has nothing to set."""
        holder = self._holder(kind, key)
        if holder is None:
            return self._begun(kind, key, "restricted")
        before = own_delivery(self._api, *holder) if holder[0] in _DELIVERED_TO else None
        self._journal.restrict(kind, key, before=before, task_id=self._task_id)
        if holder[0] in _DELIVERED_TO and self._begun(kind, key, "restricted"):
            hold_back(self._api, *holder)
        return self._begun(kind, key, "restricted")

    def lift(self, kind: Kind, key: str) -> int:
        """See `Changes`."""
        restriction = self._journal.restriction(kind, key)
        holder = self._holder(kind, key)
        if restriction is not None and holder is not None:
            self._announce(kind, key, "lifted")
            if holder[0] in _DELIVERED_TO:
                keep = partial(self._journal.put_aside, kind, key)
                give_back(self._api, *holder, restriction=restriction, put_aside=keep)
        self._journal.forget_restriction(kind, key)
        return self._begun(kind, key, "lifted")

    def suppress(self, kind: Kind, key: str) -> int:
        """See `Changes`. Mailman itself is told nothing: a ban would keep the address there in clear."""
        email = self._email(kind, key)
        if email is not None:
            self._journal.suppress(email, kind=kind, key=key, task_id=self._task_id)
        return self._begun(kind, key, "suppressed")

    def rename(self, address: str, name: str) -> int:
        """See `Changes`."""
        entry = self._places.address(address)
        if entry is not None:
            self._announce("addresses", address, "rectified")
            correcting.rename(self._api, entry, name)
        return self._begun("addresses", address, "rectified")

    def readdress(self, address: str, email: str) -> int:
        """See `Changes`. Mailman keeps an address in the letters in which it was first written."""
        entry = self._places.address(address)
        if entry is not None and entry["email"] != email.casefold():
            correcting.refuse_unless_free(self._places, entry, email)
            self._announce("addresses", address, "rectified")
            correcting.replace(self._places, entry, email, task_id=self._task_id)
        return self._begun("addresses", address, "rectified")

    def finish(self, effects: Effects) -> None:
        """See `Changes`."""
        self._journal.finish(self._task_id, effects)

    def _announce(self, kind: Kind, key: str, verb: str) -> None:
        self._journal.announce(self._task_id, kind, key, verb)

    def _begun(self, kind: Kind, key: str, verb: str) -> int:
        """1 if this task has begun the step, so that a change that a crash cut off from its count is counted yet."""
        return int(self._journal.announced(self._task_id, kind, key, verb))

    def _removal(self, kind: Kind, key: str) -> Callable[[], object] | None:
        """What removes the record, None if it has gone."""
        match kind:
            case "subscriptions" if is_application(key):
                return self._application_removal(key)
            case "subscriptions":
                member = self._places.member(key)
                return None if member is None else partial(leave, self._api, member)
            case "held messages":
                if self._places.held(key) is None:
                    return None
                list_id, number, _ = key.split("/")
                return partial(self._api.post, "lists", list_id, "held", number, action="discard")
            case "bans":
                ban = self._places.ban(key)
                return None if ban is None else partial(self._api.delete, *ban[0], ban[1])
            case "addresses":
                address = self._places.address(key)
                return None if address is None else partial(remove_address, self._api, address)
            case _:
                assert_never(kind)

    def _application_removal(self, key: str) -> Callable[[], object] | None:
        application = self._places.application(key)
        if application is None:
            return None
        path = ("lists", application["list_id"], "requests", application["token"])
        return partial(self._api.post, *path, action="discard")

    def _holder(self, kind: Kind, key: str) -> tuple[str, str] | None:
        """What the record is in Mailman, and its name there; None if it has gone."""
        match kind:
            case "subscriptions" if is_application(key):
                return ("requests", key) if self._places.application(key) else None
            case "subscriptions":
                return ("members", key) if self._places.member(key) else None
            case "held messages":
                return ("held", key) if self._places.held(key) else None
            case "bans":
                return ("bans", key) if self._places.ban(key) else None
            case "addresses":
                address = self._places.address(key)
                return ("addresses", address["email"]) if address else None
            case _:
                assert_never(kind)

    def _email(self, kind: Kind, key: str) -> str | None:
        match kind:
            case "subscriptions":
                entry = self._places.application(key) if is_application(key) else self._places.member(key)
                return str(entry["email"]) if entry else None
            case "held messages":
                message = self._places.held(key)
                return str(message["sender"]) if message else None
            case "bans":
                ban = self._places.ban(key)
                return ban[1] if ban and not ban[1].startswith("^") else None
            case "addresses":
                address = self._places.address(key)
                return str(address["email"]) if address else None
            case _:
                assert_never(kind)


def _holds(api: MailmanApi, holder: str, name: str, *, fields: Collection[BlankableField]) -> bool:
    """Whether any of the fields has something in it."""
    named = "display_name" in fields and (api.get(holder, name) or {}).get("display_name")
    return bool(named) or ("preferences" in fields and bool(noted(api.get(holder, name, "preferences"))))
