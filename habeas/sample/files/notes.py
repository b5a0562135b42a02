"""Notes of calls and visits: plain text in the encodings of three decades, and words that only look like names."""

from habeas.sample.files.drafts import Cast, Draft, Mentions

_ABOUT = (
    "{name} rang from {phone} and asks for a copy of entry {serial}.",
    "Call back: {name}, {email}.",
    "Customer {number} ({name}) wants the deferment statement.",
    "New EORI for {name}: {eori}. Old one not to be used.",
)
_NAMED = (
    "{name} was there as well.",
    "The pallets were signed for by {name}.",
    "According to {name} the invoice is wrong.",
)
_DECOYS = {
    "Grant Price": "Please grant price relief on the second item; the office will grant price changes only once.",
    "Mark Steel": "The yard is to mark steel bundles with the lot number before loading.",
}
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "cp1252", "cp1254", "utf-16")


def note(cast: Cast) -> Draft:
    """The first of the cast with something that identifies them, the others by name only."""
    dice, mentions = cast.dice, Mentions(cast.dice)
    first, *others = cast.people
    lines = [f"Call notes, {cast.client.name}, {cast.day():%d.%m.%Y}", ""]
    lines.append(mentions.fill(dice.choice(_ABOUT), first))
    lines.append(mentions.fill("Reach them at {email}.", first))
    lines += [mentions.fill(dice.choice(_NAMED), person) for person in others]
    named = dice.choice(tuple(_DECOYS))
    if decoyed := dice.random() < 0.4:
        lines.append(_DECOYS[named])
    text = "\n".join(lines).replace("{serial}", f"{cast.number:06d}") + "\n"
    decoys = (named,) if decoyed and named not in {person.name for person in cast.people} else ()
    return Draft(f"note_{cast.number:06d}.txt", "text", _encoded(text, cast), mentions.noted(), decoys)


def _encoded(text: str, cast: Cast) -> bytes:
    """In an encoding that has all the letters, else UTF-8."""
    encoding = cast.dice.choice(_ENCODINGS)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode()
