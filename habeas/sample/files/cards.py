"""Address book cards."""

from habeas.sample.files.drafts import Cast, Draft, Mentions
from habeas.sample.people import Person


def card(cast: Cast) -> Draft:
    """A vCard 3.0 for each of the cast."""
    mentions = Mentions(cast.dice)
    cards = (line for person in cast.people for line in _card(person, mentions))
    content = "".join(f"{line}\r\n" for line in cards).encode()
    return Draft(f"contacts_{cast.number:06d}.vcf", "vcard", content, mentions.noted())


def _card(person: Person, mentions: Mentions) -> list[str]:
    phone = mentions.phone(person)
    return [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{person.family};{person.given};;;",
        f"FN:{mentions.plain_name(person)}",
        f"TITLE:{person.job}",
        f"EMAIL;TYPE=WORK:{mentions.email(person)}",
        *([f"TEL;TYPE=CELL:{phone}"] if phone else []),
        "END:VCARD",
    ]
