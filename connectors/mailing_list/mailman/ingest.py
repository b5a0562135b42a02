"""The suppression list at work: nobody on it is subscribed through here, and whoever came back is removed again."""

import http

from connectors.mailing_list.mailman.leaving import leave, remove_address
from connectors.mailing_list.mailman.places import Places
from habeas.errors import PermanentError


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


def remove_suppressed(places: Places) -> int:
    """Remove every address that is on the suppression list and in Mailman again, by an import or a restored backup."""
    unwanted = places.journal.suppressed()
    removed = 0
    for address in places.all_addresses() if unwanted else ():
        if places.journal.digest(address["email"]) in unwanted:
            for membership in places.memberships(address["email"]):
                leave(places.api, membership)
            remove_address(places.api, address)
            removed += 1
    return removed
