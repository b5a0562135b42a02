"""Holding back what is delivered to a membership or an address, and giving back what was set before, exactly."""

from collections.abc import Callable, Mapping

from connectors.mailing_list.mailman.api import MailmanApi
from connectors.mailing_list.mailman.journal import Restriction
from connectors.mailing_list.mailman.preferences import DELIVERY, HELD_BACK, as_form, noted


def own_delivery(api: MailmanApi, holder: str, name: str) -> str | None:
    """The delivery status set for this membership or address itself."""
    status = noted(api.get(holder, name, "preferences")).get(DELIVERY)
    return None if status is None else str(status)


def hold_back(api: MailmanApi, holder: str, name: str) -> None:
    """Deliver nothing. On an address it holds for lists joined later too."""
    api.patch(holder, name, "preferences", **{DELIVERY: HELD_BACK})


def give_back(
    api: MailmanApi,
    holder: str,
    name: str,
    *,
    restriction: Restriction,
    put_aside: Callable[[Mapping[str, str]], None],
) -> None:
    """Set what was set before, unless somebody has chosen anew meanwhile.

    Mailman can't forget a single preference. Where none was set before all are deleted and the others set again; they
    are put aside first, so that a crash in between loses none.
    """
    others = restriction.others
    if others is None:
        now = noted(api.get(holder, name, "preferences"))
        if now.get(DELIVERY) != HELD_BACK:
            return
        if restriction.before is not None:
            api.patch(holder, name, "preferences", **{DELIVERY: restriction.before})
            return
        others = as_form({each: value for each, value in now.items() if each != DELIVERY})
        put_aside(others)
    api.delete(holder, name, "preferences")
    if others:
        api.patch(holder, name, "preferences", **others)
