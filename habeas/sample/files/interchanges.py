"""EDIFACT customs declarations (CUSDEC D.96B)."""

from collections.abc import Sequence

from habeas.sample.files.drafts import Cast, Draft, Mentions
from habeas.sample.people import Person
from habeas.sample.pools import ascii_of


def interchange(cast: Cast) -> Draft:
    """An EDIFACT message (UNOC has no Turkish letters): parties with a contact and how to reach them."""
    mentions = Mentions(cast.dice)
    segments = [
        f"UNB+UNOC:3+HABEAS+{cast.client.eori}+{cast.day():%y%m%d}:0930+{cast.number}",
        f"UNH+{cast.number}+CUSDEC:D:96B:UN",
        f"BGM+929+LRN{cast.number:08d}+9",
    ]
    for qualifier, person in zip(("DT", "CN", "CZ"), cast.people, strict=False):
        segments += _party(qualifier, person, mentions, contact=person is cast.people[0])
    segments += [f"UNT+{len(segments)}+{cast.number}", f"UNZ+1+{cast.number}"]
    content = "UNA:+.? '\n" + "\n".join(f"{segment}'" for segment in segments) + "\n"
    return Draft(f"cusdec_{cast.number:06d}.edi", "edifact", content.encode("latin-1"), mentions.noted())


def _party(qualifier: str, person: Person, mentions: Mentions, *, contact: bool) -> Sequence[str]:
    name, where = _released(mentions.name(person)), person.address
    eori = f"{mentions.eori(person)}::148" if contact and person.eori else ""
    place = f"{_released(where.street)}+{_released(where.city)}++{_released(where.postcode)}+{where.country}"
    segments = [f"NAD+{qualifier}+{eori}++{name}+{place}"]
    if contact:
        segments.append(f"CTA+IC+:{_released(mentions.plain_name(person))}")
        if phone := mentions.phone(person):
            segments.append(f"COM+{_released(phone)}:TE")
        segments.append(f"COM+{_released(mentions.email(person))}:EM")
    return segments


def _released(text: str) -> str:
    """With EDIFACT's release character before its separators."""
    return "".join(f"?{letter}" if letter in "?+:'" else letter for letter in ascii_of(text))
