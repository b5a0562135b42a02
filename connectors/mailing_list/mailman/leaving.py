"""Leaving lists and removing addresses, without a word to anybody.

`DELETE members/…` would say goodbye to the member, tell the owners, or wait for a moderator, as the list is set up; the
roster's own delete does none of these.
"""

from connectors.mailing_list.mailman.api import Entry, MailmanApi
from connectors.mailing_list.mailman.places import user_of


def leave(api: MailmanApi, membership: Entry) -> None:
    """Take a member, owner, moderator or nonmember off the list."""
    if membership["role"] == "member":
        api.delete("lists", membership["list_id"], "roster", "member", emails=membership["email"])
    else:
        api.delete("members", membership["member_id"])


def remove_address(api: MailmanApi, address: Entry) -> None:
    """Remove an address, and with the last one its user, in one step: a user without addresses is found by nobody."""
    email, user = address["email"], user_of(address)
    if user is None:
        api.delete("addresses", email)
        return
    if all(each["email"] == email for each in api.entries("users", user, "addresses")):
        api.delete("users", user)
        return
    preferred = api.get("users", user, "preferred_address")
    if preferred is not None and preferred["email"] == email:
        # Mailman would leave its number behind, which a later address may get.
        api.delete("users", user, "preferred_address")
    api.delete("addresses", email)
