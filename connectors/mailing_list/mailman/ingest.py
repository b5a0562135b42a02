"""The suppression list at work: nobody on it is subscribed through here, and whoever came back is removed again."""

import http

from connectors.mailing_list.mailman.leaving import leave, remove_address
from connectors.mailing_list.mailman.places import Places
from habeas.errors import PermanentError
from habeas.ports import Effects


def subscribe(places: Places, list_id: str, email: str, *, display_name: str = "") -> None:
    """Let an address join a list, without a welcome mail.

    Raises PermanentError if it is suppressed or restricted, or if Mailman refuses. Refusing, Mailman keeps the address
    that it was asked for: it is removed again unless it was known before.
    """
    api = places.api
    if places.journal.digest(email) in places.journal.suppressed():
        raise PermanentError("this address may not be subscribed: it is suppressed")
    known = api.get("addresses", email)
    if known is not None and places.journal.restriction("addresses", places.address_key(known)) is not None:
        raise PermanentError("this address may not be subscribed: it is restricted")
    try:
        status = api.post(
            "members",
            list_id=list_id,
            subscriber=email,
            display_name=display_name,
            pre_verified="true",
            pre_confirmed="true",
            pre_approved="true",
            send_welcome_message="false",
        )
    except PermanentError:
        if known is None:
            api.delete("addresses", email)
        raise
    if status == http.HTTPStatus.NOT_FOUND:
        raise PermanentError("Mailman's REST API has no members: change options.url")


def keep_away(places: Places) -> Effects:
    """Look through all addresses for those on the suppression list that came back another way.

    What was erased goes again, also an address that a refused subscription left behind. Whoever else must not be
    written to is taken off the lists that they are members of.
    """
    effects = Effects()
    suppressed, erased = places.journal.suppressed(), places.journal.erased()
    for address in places.all_addresses() if suppressed else ():
        digest = places.journal.digest(address["email"])
        if digest not in suppressed:
            continue
        for membership in places.memberships(address["email"]):
            if digest in erased or membership["role"] == "member":
                leave(places.api, membership)
                effects.note("subscriptions", "erased")
        if digest in erased:
            remove_address(places.api, address)
            effects.note("addresses", "erased")
    return effects
