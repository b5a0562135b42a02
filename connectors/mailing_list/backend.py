"""The port between the connector and a list server, whichever it is: what lists hold, and what can be done to it.

E-mail addresses come in and go out in the form in which `habeas.domain.subjects.identifier` compares them, unless
they are to be shown. Every method raises the errors of `habeas.ports.Connector`, without personal data.
"""

import unicodedata
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from habeas.domain.records import Field
from habeas.ports import Effects, Problem

Kind = Literal["subscriptions", "held messages", "bans", "addresses"]
"""What a list server holds, in the order in which it is to be found and erased: an address goes last."""

BlankableField = Literal["display_name", "registered_on", "preferences"]


def name_key(name: str) -> str:
    """A display name as it is compared."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a user has; users may have several. `written` is the address as the user wrote it.

    `registered_as` is the category of `registered_on`: "contact" where the server can't forget the date and keep the
    address. `details` is what else the server notes.
    """

    key: str
    user: str
    email: str
    written: str
    display_name: str | None
    registered_on: date | None
    restricted: bool
    registered_as: str = "marketing"
    details: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """An address on a list. `delivery` and `digest` are what the member chose, also while delivery is held.

    `details` is what else the server notes.
    """

    key: str
    email: str
    list_id: str
    role: str
    delivery: Literal["enabled", "disabled"]
    digest: bool
    subscribed_on: date | None
    restricted: bool
    details: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that waits for a moderator."""

    key: str
    email: str
    list_id: str
    sender: str | None
    subject: str | None
    text: str | None
    held_at: datetime
    restricted: bool


@dataclass(frozen=True, slots=True)
class Ban:
    """An address that may not join a list, or any list if `list_id` is None."""

    key: str
    email: str
    list_id: str | None
    restricted: bool


class Changes(Protocol):
    """The changes of a task. What has gone meanwhile is passed over; each method tells how many records it changed."""

    @property
    def earlier(self) -> Effects | None:
        """What an earlier run of the same task did."""

    def remove(self, kind: Kind, key: str) -> int:
        """Remove one record. With a user's last address goes the user."""

    def leave_all(self, address: str) -> int:
        """Take the address of that key off every list it is still on."""

    def blank(self, address: str, fields: Collection[BlankableField]) -> int:
        """Empty some fields of the address of that key, which stays."""

    def restrict(self, kind: Kind, key: str) -> int:
        """Mark a record as restricted; to a restricted membership nothing is delivered."""

    def lift(self, kind: Kind, key: str) -> int:
        """Undo `restrict`: a membership's delivery is as it was before."""

    def suppress(self, kind: Kind, key: str) -> int:
        """See to it that the record's address can't join again, keeping a keyed hash of it and never itself."""

    def rename(self, address: str, name: str) -> int:
        """Give the address of that key, and its user if they are called the same, another display name."""

    def readdress(self, address: str, email: str) -> int:
        """Put another e-mail address in the place of the one of that key, on each of its lists, without a mail.

        It takes over what was chosen, restricted and suppressed. Raises PermanentError if it is another user's, or
        suppressed while the old one is not.
        """

    def finish(self, effects: Effects) -> None:
        """Note that the task is done and what it did, as part of the same transaction where the server has one."""


class Backend(Protocol):
    """One list server."""

    def addresses(self, emails: Collection[str]) -> Sequence[Address]:
        """All addresses of every user who has one of these."""

    def addresses_named(self, names: Collection[str]) -> Sequence[Address]:
        """All addresses with one of these display names, upper and lower case alike."""

    def memberships(self, emails: Collection[str]) -> Sequence[Membership]:
        """The lists that these addresses are on, in any role."""

    def held_messages(self, emails: Collection[str]) -> Sequence[HeldMessage]:
        """What was sent from these addresses and is held."""

    def bans(self, emails: Collection[str]) -> Sequence[Ban]:
        """The bans of these addresses."""

    def changing(self, task_id: str, /) -> AbstractContextManager[Changes]:
        """Open the changes of one task; they hold once the context has closed without an exception."""

    def keep_away(self) -> Effects:
        """Remove again what was erased; take whoever else is suppressed off the lists that they are members of."""

    def leaving(self) -> AbstractContextManager[Sequence[str]]:
        """See `habeas.ports.TellsLeavers`."""

    def let_back(self, emails: Collection[str]) -> int:
        """Take addresses off the suppression list; how many were on it."""

    def problems(self) -> Sequence[Problem]:
        """What keeps the server from being used."""

    def close(self) -> None:
        """Give back connections."""
