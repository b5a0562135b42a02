"""GNU Mailman 3 as a list server: what it holds about people, over its REST API."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import TypeVar

from connectors.mailing_list.backend import Address, Ban, HeldMessage, Membership, name_key
from connectors.mailing_list.mailman.api import Entry, MailmanApi, side_by_side
from connectors.mailing_list.mailman.changes import MailmanChanges
from connectors.mailing_list.mailman.ingest import keep_away
from connectors.mailing_list.mailman.journal import Journal
from connectors.mailing_list.mailman.leavers import leaving
from connectors.mailing_list.mailman.levels import Levels
from connectors.mailing_list.mailman.places import EVERY_LIST, HELD_AT_ONCE, Places, user_of
from connectors.mailing_list.mailman.preferences import DELIVERY, ENABLED, applying, as_text
from habeas.domain.records import Field
from habeas.errors import HabeasError
from habeas.ports import Effects, Problem

_Record = TypeVar("_Record")


class MailmanBackend:
    """A `Backend`. Applications to join or to leave a list are subscriptions in the role "applicant"."""

    def __init__(self, api: MailmanApi, journal: Journal) -> None:
        self._api = api
        self._journal = journal
        self._places = Places(api, journal)

    def addresses(self, emails: Collection[str]) -> Sequence[Address]:
        """See `Backend`. Also an address without a user, as a refused subscription leaves one behind."""
        found = side_by_side(self._all_of_owner, sorted(emails))
        return self._as_addresses(found)

    def addresses_named(self, names: Collection[str]) -> Sequence[Address]:
        """See `Backend`. Mailman looks for names among its users only."""
        keys = {name_key(name) for name in names}
        patterns = sorted({pattern for name in names if (pattern := _pattern(name))})
        users = {each["user_id"]: each for pattern in patterns for each in self._users_like(pattern)}
        entries = side_by_side(lambda user: self._api.entries("users", user, "addresses"), users)
        named = self._as_addresses(entries)
        return [each for each in named if name_key(each.display_name or "") in keys]

    def memberships(self, emails: Collection[str]) -> Sequence[Membership]:
        """See `Backend`."""
        levels = Levels(self._api, self._journal)
        entries = side_by_side(self._places.memberships, sorted(emails))

        def read(entry: Entry) -> Iterator[Membership]:
            yield self._membership(entry, levels)

        applications = self._in_every_list(
            lambda list_id: (
                self._application(list_id, each)
                for each in self._places.applications(list_id)
                if _same(each["email"], emails)
            ),
            wanted=emails,
        )
        return [*side_by_side(read, entries), *applications]

    def held_messages(self, emails: Collection[str]) -> Sequence[HeldMessage]:
        """See `Backend`. The sender is whom Mailman takes for it; the text is the whole message, headers and all."""
        return self._in_every_list(
            lambda list_id: (
                self._held(list_id, each)
                for each in self._api.entries("lists", list_id, "held", size=HELD_AT_ONCE)
                if _same(each["sender"], emails)
            ),
            wanted=emails,
        )

    def bans(self, emails: Collection[str]) -> Sequence[Ban]:
        """See `Backend`. Also a pattern that spells out one of the addresses."""
        restricted = self._journal.restrictions("bans")

        def read(list_id: str) -> Iterator[Ban]:
            for each in self._places.bans_of(list_id):
                for email in _spelt_out(each["email"], emails):
                    key = self._places.ban_key(list_id, each)
                    yield Ban(key, email, None if list_id == EVERY_LIST else list_id, key in restricted)

        return [*self._in_every_list(read, wanted=emails), *(read(EVERY_LIST) if emails else ())]

    @contextmanager
    def changing(self, task_id: str, /) -> Iterator[MailmanChanges]:
        """See `Backend`. Each change holds at once, and may be repeated."""
        yield MailmanChanges(self._places, task_id)

    def keep_away(self) -> Effects:
        """See `Backend`."""
        return keep_away(self._places)

    def leaving(self) -> AbstractContextManager[Sequence[str]]:
        """See `Backend`."""
        return leaving(self._places)

    def let_back(self, emails: Collection[str]) -> int:
        """See `Backend`."""
        return self._journal.let_back([self._journal.digest(email) for email in emails])

    def problems(self) -> Sequence[Problem]:
        """See `Backend`."""
        unusable = self._journal.problem()
        try:
            if self._api.get("system", "versions") is None:
                remedy = "change the mailing list's options.url to that of Mailman's REST API, 3.1 or later"
                return [Problem(f"{self._api.place} is not Mailman's REST API", remedy)]
            if unusable is None:
                self._journal.restrictions("bans")
        except HabeasError as error:
            remedy = "see that Mailman's REST runner is up, and that the mailing list's options name its url and user"
            return [Problem(str(error), remedy)]
        return [unusable] if unusable else []

    def close(self) -> None:
        """See `Backend`; nothing is held open."""

    def _in_every_list(self, read: Callable[[str], Iterable[_Record]], *, wanted: Collection[str]) -> list[_Record]:
        return side_by_side(read, self._places.lists()) if wanted else []

    def _all_of_owner(self, email: str) -> list[Entry]:
        """All addresses of the user who has this one; at least itself, if there is no user."""
        if "/" in email:  # can't be named in a path
            users = [each["user_id"] for each in self._users_like(email)]
            held = [list(self._api.entries("users", user, "addresses")) for user in users]
            return next((all_of for all_of in held if any(each["email"] == email for each in all_of)), [])
        address = self._api.get("addresses", email)
        if address is None:
            return []
        user = user_of(address)
        return list(self._api.entries("users", user, "addresses")) if user else [address]

    def _users_like(self, pattern: str) -> Iterator[Entry]:
        return self._api.entries("users", "find", q=pattern)

    def _as_addresses(self, entries: Iterable[Entry]) -> list[Address]:
        levels = Levels(self._api, self._journal)

        def read(entry: Entry) -> Iterator[Address]:
            yield self._address(entry, levels)

        different = {each["email"]: each for each in entries}
        return side_by_side(read, different.values())

    def _address(self, entry: Entry, levels: Levels) -> Address:
        key = self._places.address_key(entry)
        user = user_of(entry)
        noted = {"address": levels.of_address(entry), "user": levels.of_user(user)}
        return Address(
            key=key,
            user=user or key,
            email=entry["email"],
            written=entry["original_email"],
            display_name=entry.get("display_name") or levels.name_of_user(user),
            registered_on=_day(entry.get("registered_on")),
            restricted=levels.is_restricted("addresses", key),
            registered_as="contact",
            details=(
                Field("verified_on", _iso(_day(entry.get("verified_on"))), "contact"),
                Field("preferences", as_text(**noted), "marketing"),
            ),
        )

    def _membership(self, entry: Entry, levels: Levels) -> Membership:
        key = str(entry["member_id"])
        own = levels.of_member(key)
        all_levels = [own, levels.of_address(entry), levels.of_user(user_of(entry))]
        return Membership(
            key=key,
            email=entry["email"],
            list_id=entry["list_id"],
            role=entry["role"],
            delivery="enabled" if applying(all_levels, DELIVERY, ENABLED) == ENABLED else "disabled",
            digest=entry["delivery_mode"] != "regular",
            subscribed_on=None,
            restricted=levels.is_restricted("subscriptions", key),
            details=(
                Field("preferences", as_text(member=own), "marketing"),
                Field("moderation", entry.get("moderation_action"), "marketing"),
                Field("bounce_score", entry.get("bounce_score"), "marketing"),
            ),
        )

    def _application(self, list_id: str, entry: Entry) -> Membership:
        key = self._places.application_key(list_id, entry)
        return Membership(
            key=key,
            email=entry["email"].casefold(),
            list_id=list_id,
            role="applicant",
            delivery="disabled",
            digest=False,
            subscribed_on=None,
            restricted=self._journal.restriction("subscriptions", key) is not None,
            details=(
                Field("applied_for", entry.get("type"), "marketing"),
                Field("applied_on", _iso(_day(entry.get("when"))), "marketing"),
                Field("display_name", entry.get("display_name") or None, "marketing"),
            ),
        )

    def _held(self, list_id: str, entry: Entry) -> HeldMessage:
        key = self._places.held_key(list_id, entry)
        return HeldMessage(
            key=key,
            email=entry["sender"].casefold(),
            list_id=list_id,
            sender=entry["sender"],
            subject=entry.get("subject"),
            text=entry.get("msg"),
            held_at=datetime.fromisoformat(entry["hold_date"]),
            restricted=self._journal.restriction("held messages", key) is not None,
        )


def _same(email: object, emails: Collection[str]) -> bool:
    return str(email).casefold() in emails


def _spelt_out(ban: str, emails: Collection[str]) -> list[str]:
    written = ban.casefold()
    if not written.startswith("^"):
        return [written] if written in emails else []
    literal = re.split(r"[$^()|]", written.replace("\\", ""))
    return [email for email in emails if email in literal]


def _pattern(name: str) -> str:
    """What to have Mailman look for: SQLite's LIKE knows upper and lower case of ASCII only, and spaces may be many."""
    ascii_only = re.sub(r"[^0-9A-Za-z]+", "%", name)
    return ascii_only if len(ascii_only.replace("%", "")) > 1 else name


def _day(moment: str | None) -> date | None:
    return datetime.fromisoformat(moment).date() if moment else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
