"""Correcting a display name or an e-mail address (Article 16), without a word to anybody.

Mailman can't change an address. The right one is added to the same user and verified, since who asks is known by now;
each membership is moved as a whole, with its own preferences, where leaving and joining again would lose them and
write mails; then the wrong one is removed. Each step may be repeated: the wrong one is found until the last.
"""

from connectors.mailing_list.mailman.api import Entry, MailmanApi
from connectors.mailing_list.mailman.leaving import leave
from connectors.mailing_list.mailman.places import Places, user_of
from connectors.mailing_list.mailman.preferences import as_form, noted
from habeas.errors import PermanentError


def rename(api: MailmanApi, address: Entry, name: str) -> None:
    """Set an address's display name; its user's too, if that was the same or none."""
    user = user_of(address)
    if user is not None:
        of_user = (api.get("users", user) or {}).get("display_name")
        if not of_user or of_user == (address.get("display_name") or of_user):
            api.patch("users", user, display_name=name)
    api.patch("addresses", address["email"], display_name=name)


def refuse_unless_free(places: Places, old: Entry, email: str) -> None:
    """Raise PermanentError if the address is another user's, or suppressed where the old one is not."""
    known = places.api.get("addresses", email)
    if known is not None and user_of(known) not in {None, user_of(old)}:
        raise PermanentError("the right address belongs to another user of Mailman: join the two there by hand")
    suppressed = places.journal.suppressed()
    if places.journal.digest(email) in suppressed and places.journal.digest(old["email"]) not in suppressed:
        raise PermanentError("the right address is suppressed: take it off the list first, if its owner wants that")


def replace(places: Places, old: Entry, email: str, *, task_id: str) -> None:
    """Put an address that is free in the place of another."""
    api, journal, wrong = places.api, places.journal, old["email"]
    user = _user(api, old)
    new = api.get("addresses", email)
    if new is None or user_of(new) is None:
        api.post("users", user, "addresses", email=email)
        new = api.get("addresses", email)
    if new is None:
        raise PermanentError("Mailman has not taken the right address")
    api.post("addresses", email, "verify")
    if old.get("display_name"):
        api.patch("addresses", email, display_name=old["display_name"])
    chosen = as_form(noted(api.get("addresses", wrong, "preferences")))
    if chosen:
        api.patch("addresses", email, "preferences", **chosen)
    journal.take_over(places.address_key(old), places.address_key(new))
    if journal.digest(wrong) in journal.suppressed():
        journal.suppress(email, kind="addresses", key=places.address_key(new), task_id=task_id)
    _move_memberships(places, user, wrong, email)
    api.delete("addresses", wrong)


def _user(api: MailmanApi, old: Entry) -> str:
    """Whose the address is; a user of its own if it has none, since only a user's memberships can be moved."""
    user = user_of(old)
    if user is None:
        api.post("addresses", old["email"], "user", auto_create="true")
        user = user_of(api.get("addresses", old["email"]) or {})
    if user is None:
        raise PermanentError("Mailman has not given the address a user")
    return user


def _move_memberships(places: Places, user: str, wrong: str, email: str) -> None:
    """Where the right address is on the list already, the wrong one leaves."""
    api = places.api
    preferred = api.get("users", user, "preferred_address")
    if preferred is not None and preferred["email"] == wrong:
        api.post("users", user, "preferred_address", email=email)
    there = {(each["list_id"], each["role"]) for each in places.memberships(email)}
    for membership in places.memberships(wrong):
        if (membership["list_id"], membership["role"]) in there:
            leave(api, membership)
        else:
            api.patch("members", str(membership["member_id"]), address=email)
