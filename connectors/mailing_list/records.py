"""How what a list server holds reads as a record; the categories are those of the privacy notice.

What stands or falls as a whole has one category ("marketing and communications" for all of a subscription or a
message); only an address can lose some of its fields and stay.
"""

from connectors.mailing_list.backend import Address, Ban, HeldMessage, Membership
from habeas.domain.records import Field, Match, Record
from habeas.domain.subjects import IdentifierKind

_BY_EMAIL = (IdentifierKind.EMAIL,)
_BY_NAME = (IdentifierKind.NAME,)


def address_record(address: Address, match: Match) -> Record:
    """An address and whose it is."""
    registered_on = address.registered_on.isoformat() if address.registered_on else None
    return Record(
        collection="addresses",
        key=address.key,
        match=match,
        matched_by=_BY_EMAIL if match is Match.STRONG else _BY_NAME,
        fields=(
            Field("email", address.written, "contact"),
            Field("display_name", address.display_name, "identity"),
            Field("registered_on", registered_on, address.registered_as),
            *address.details,
        ),
        restricted=address.restricted,
        correctable=True,
        uncorrectable=("registered_on", *(each.name for each in address.details)),
        suppressible=True,
    )


def membership_record(membership: Membership) -> Record:
    """A subscription; its delivery reads as the member chose it, whatever a restriction holds back."""
    subscribed_on = membership.subscribed_on.isoformat() if membership.subscribed_on else None
    return Record(
        collection="subscriptions",
        key=membership.key,
        match=Match.STRONG,
        matched_by=_BY_EMAIL,
        fields=(
            Field("list", membership.list_id, "marketing"),
            Field("role", membership.role, "marketing"),
            Field("delivery", membership.delivery, "marketing"),
            Field("digest", membership.digest, "marketing"),
            Field("subscribed_on", subscribed_on, "marketing"),
            *membership.details,
        ),
        restricted=membership.restricted,
        direct_marketing=True,
    )


def held_message_record(message: HeldMessage) -> Record:
    """A message that waits for a moderator."""
    return Record(
        collection="held messages",
        key=message.key,
        match=Match.STRONG,
        matched_by=_BY_EMAIL,
        fields=(
            Field("sender", message.sender, "marketing"),
            Field("list", message.list_id, "marketing"),
            Field("held_at", message.held_at.isoformat(), "marketing"),
            Field("subject", message.subject, "marketing"),
            Field("text", message.text, "marketing"),
        ),
        restricted=message.restricted,
    )


def ban_record(ban: Ban) -> Record:
    """A ban from a list, or from all."""
    return Record(
        collection="bans",
        key=ban.key,
        match=Match.STRONG,
        matched_by=_BY_EMAIL,
        fields=(Field("address", ban.email, "contact"), Field("list", ban.list_id, "contact")),
        restricted=ban.restricted,
    )
