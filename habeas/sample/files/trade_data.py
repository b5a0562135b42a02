"""HMRC trade data reports: CSV, a row an item, the consignee's and consignor's names cut to 18 characters."""

import csv
import io

from habeas.sample.files.drafts import CONSULTANCY_EORI, GOODS, NAME, Cast, Draft, Kinds, Mentions
from habeas.sample.people import Person

NAME_LENGTH_MAX = 18
_HEADER = (
    "Entry number", "Acceptance date", "Clearance date", "Declaration Category", "CPC", "Commodity code",
    "Goods description", "Declarant Name", "Declarant EORI", "Declarant Postcode", "Agent EORI", "Consignee",
    "Consignor", "Country of Destination", "Declarant reference", "Customs value",
)  # fmt: skip
_COMPANIES = ("OVERSEAS SUPPLIERS CO.", "HARBOUR STEEL TRADING", "PRICE & FIELD IMPORTS", "NORDIC COTTON AB")
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16")


def trade_data(cast: Cast) -> Draft:
    """The first of the cast declares one in eight of the rows; the others are consignees, by their cut names only."""
    dice, mentions = cast.dice, Mentions(cast.dice)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dice.choice(",,,;"), lineterminator=dice.choice(("\r\n", "\n")))
    writer.writerow(_HEADER)
    first, *others = cast.people
    for row in range(dice.randint(20, 160)):
        declarant = first if row % 8 == 3 else None
        consignee = others[row // 5 % len(others)] if others and row % 5 == 1 else None
        writer.writerow(_row(cast, row, declarant, consignee, mentions))
    content = text.getvalue().encode(dice.choice(_ENCODINGS))
    return Draft(f"{dice.choice(('export', 'import'))}_items_{cast.number:06d}.csv", "csv", content, mentions.noted())


def _row(cast: Cast, row: int, declarant: Person | None, consignee: Person | None, mentions: Mentions) -> list[str]:
    dice = cast.dice
    accepted = cast.day()
    code, description = dice.choice(GOODS)
    return [
        f"{accepted:%y}GB{cast.number:06d}{row:06d}",
        f"{accepted:%d/%m/%Y}",
        f"{accepted:%d/%m/%Y}",
        "Full Declaration",
        dice.choice(("4000", "1040", "7100")),
        code,
        description,
        mentions.name(declarant) if declarant else cast.client.name,
        (mentions.eori(declarant) or "") if declarant else cast.client.eori,
        declarant.address.postcode if declarant else "IP11 3SY",
        CONSULTANCY_EORI,
        _cut(mentions, consignee) if consignee else dice.choice(_COMPANIES)[:NAME_LENGTH_MAX],
        dice.choice(_COMPANIES)[:NAME_LENGTH_MAX],
        dice.choice(("US", "SE", "TR", "DE", "CN")),
        f"REF{cast.number:05d}/{row}",
        f"{dice.randint(50, 90_000)}.00",
    ]


def _cut(mentions: Mentions, person: Person) -> str:
    name = mentions.plain_name(person) if mentions.dice.random() < 0.7 else mentions.plain_name(person).upper()
    return name[:NAME_LENGTH_MAX]


def is_cut(person: Person, kinds: Kinds, file_format: str) -> bool:
    """True if all there is of the person in such a file is the beginning of the name."""
    return file_format == "csv" and kinds == (NAME,) and len(person.name) > NAME_LENGTH_MAX
