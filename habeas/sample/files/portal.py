"""Exports of the client portal: JSON, as one document or a line a user."""

import json

from habeas.sample.files.drafts import Cast, Draft, Mentions
from habeas.sample.people import Person


def portal_export(cast: Cast) -> Draft:
    """The portal's users at the client, with what they did there."""
    dice, mentions = cast.dice, Mentions(cast.dice)
    users = [_user(person, cast, mentions) for person in cast.people]
    ascii_only = dice.random() < 0.4
    if dice.random() < 0.25:
        lines = (json.dumps(user, ensure_ascii=ascii_only) for user in users)
        return Draft(f"users_{cast.number:06d}.ndjson", "json", ("\n".join(lines) + "\n").encode(), mentions.noted())
    document = {"client": cast.client.name, "exported": cast.day().isoformat(), "users": users}
    content = json.dumps(document, ensure_ascii=ascii_only, indent=dice.choice((None, 2))).encode()
    return Draft(f"users_{cast.number:06d}.json", "json", content, mentions.noted())


def _user(person: Person, cast: Cast, mentions: Mentions) -> dict[str, object]:
    return {
        "customer_number": mentions.customer_number(person),
        "fullName": mentions.plain_name(person),
        "email": mentions.email(person),
        "phone": mentions.phone(person),
        "jobTitle": person.job,
        "lastLogin": {"at": f"{cast.day()}T10:00:00Z", "ip": f"198.51.100.{cast.dice.randint(1, 254)}"},
        "declarations": [f"LRN{cast.dice.randrange(10**8):08d}" for _ in range(cast.dice.randint(0, 3))],
    }
