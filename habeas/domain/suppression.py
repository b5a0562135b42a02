"""Who goes on the list of those who must not be written to, and by which of their identifiers."""

import re
from collections.abc import Iterable, Sequence

from habeas.domain.outcomes import Reason
from habeas.domain.processing import Purpose
from habeas.domain.requests import Right
from habeas.domain.stopping import ending
from habeas.domain.subjects import Identifier, IdentifierKind, identifier
from habeas.domain.wishes import Wish

LISTED = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
"""What a message can be sent to."""
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_NUMBER = re.compile(r"\+?[\d\s()./-]{7,24}")


def reason_to_suppress(wish: Wish, purposes: Sequence[Purpose]) -> Reason | None:
    """Why the person goes on the list once the request is carried out; None if nothing of it ends marketing.

    Whoever is erased goes on it too: else the next import would bring them back, and the newsletter with them.
    """
    if wish.right is Right.ERASURE:
        return Reason.NO_GROUND_TO_KEEP
    if wish.right not in {Right.OBJECTION, Right.WITHDRAWAL}:
        return None
    if wish.marketing or any(each.direct_marketing for each in ending(wish, purposes)):
        return Reason.CONSENT_WITHDRAWN if wish.right is Right.WITHDRAWAL else Reason.OBJECTED
    return None


def reachable(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Those by which somebody can be written to."""
    return [each for each in identifiers if each.kind in LISTED]


def address_of(text: str) -> Identifier | None:
    """The e-mail address or phone number that a text is, None if it is neither."""
    text = text.strip()
    for kind, form in ((IdentifierKind.EMAIL, _EMAIL), (IdentifierKind.PHONE, _NUMBER)):
        if form.fullmatch(text):
            try:
                return identifier(kind, text)
            except ValueError:
                return None
    return None
