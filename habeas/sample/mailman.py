"""Fills a GNU Mailman with some of the sample's people: its REST API takes them in one by one."""

import time
from collections.abc import Sequence
from datetime import date
from random import Random

from connectors.mailing_list.mailman import MailmanApi
from habeas.domain.subjects import IdentifierKind
from habeas.errors import RetriableError
from habeas.sample.people import EVERYWHERE, Person
from habeas.sample.subscribers import LISTS
from habeas.sample.truth import MAILING_LIST, Place, Sightings

DOMAIN = "lists.example.org"
SUBSCRIBERS_MAX = 60
HELD_S_MAX = 60.0
_HELD_IN = "news"
_QUIET = {
    "send_welcome_message": "false",
    "send_goodbye_message": "false",
    "admin_immed_notify": "false",
    "admin_notify_mchanges": "false",
    "default_member_action": "hold",
}
_AT_ONCE = {
    "pre_verified": "true",
    "pre_confirmed": "true",
    "pre_approved": "true",
    "send_welcome_message": "false",
}


def fill_mailman(api: MailmanApi, people: Sequence[Person], dice: Random, today: date, sightings: Sightings) -> None:
    """Lists with the first of these people on them; what is there already stays, so that it can be done again."""
    if api.get("domains", DOMAIN) is None:
        api.post("domains", mail_host=DOMAIN)
    for name in LISTS:
        if api.get("lists", _list_id(name)) is None:
            api.post("lists", fqdn_listname=f"{name}@{DOMAIN}")
        api.patch("lists", _list_id(name), "config", **_QUIET)
    chosen = {person.email: person for person in people[:SUBSCRIBERS_MAX] if person.number not in EVERYWHERE}
    writers = [person for person in people if person.number in EVERYWHERE]
    for person in [*writers, *chosen.values()]:
        _subscribe(api, person, dice, sightings)
    _write(api, writers, today, sightings)


def _subscribe(api: MailmanApi, person: Person, dice: Random, sightings: Sightings) -> None:
    kinds = (IdentifierKind.EMAIL, IdentifierKind.NAME)
    sightings.note(person, Place(MAILING_LIST, "addresses", person.email, kinds))
    for name in dice.sample(list(LISTS), 2):
        form = {"list_id": _list_id(name), "subscriber": person.email, "display_name": person.name}
        api.post("members", **form, **_AT_ONCE)
        place = Place(MAILING_LIST, "subscriptions", f"{name}/{person.email}", (IdentifierKind.EMAIL,))
        sightings.note(person, place)


def _write(api: MailmanApi, writers: Sequence[Person], today: date, sightings: Sightings) -> None:
    """Each of them sends a message, which waits for the moderator."""
    there = {str(each["sender"]) for each in api.entries("lists", _list_id(_HELD_IN), "held")}
    for person in writers:
        sightings.note(person, Place(MAILING_LIST, "held messages", person.email, (IdentifierKind.EMAIL,)))
        if person.email not in there:
            text = (
                f"From: {person.email}\nTo: {_HELD_IN}@{DOMAIN}\nMessage-ID: <{person.number}@{DOMAIN}>\n"
                f"Date: {today:%d %b %Y} 08:30:00 +0000\nSubject: Re: Customs news\n\n"
                f"Could you say more about the new codes?\n"
            )
            api.post("queues", "in", list_id=_list_id(_HELD_IN), text=text)
    until = time.monotonic() + HELD_S_MAX
    while len(there) < len(writers):
        if time.monotonic() > until:
            raise RetriableError("Mailman does not hold the sample's messages: is its runner `in` started?")
        time.sleep(0.5)  # its runner looks once a second
        there = {str(each["sender"]) for each in api.entries("lists", _list_id(_HELD_IN), "held")}


def _list_id(name: str) -> str:
    return f"{name}.{DOMAIN}"
