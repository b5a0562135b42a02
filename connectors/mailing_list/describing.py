"""What a list server holds, as `records.py` tells it."""

from collections.abc import Sequence

from habeas.domain.descriptions import Described

_SUBSCRIPTION = ("list", "role", "delivery", "digest", "subscribed_on")
_MESSAGE = ("sender", "list", "held_at", "subject", "text")


def describe() -> Sequence[Described]:
    """The four collections, with what every server has; what some add is of the same categories."""
    return (
        Described("subscriptions", dict.fromkeys(_SUBSCRIPTION, "marketing")),
        Described("held messages", dict.fromkeys(_MESSAGE, "marketing")),
        Described("bans", dict.fromkeys(("address", "list"), "contact")),
        Described("addresses", {"email": "contact", "display_name": "identity", "registered_on": "marketing"}),
    )
