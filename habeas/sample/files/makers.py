"""Which kinds of files there are, and in what order they come: five in thirty for each person who is everywhere."""

from dataclasses import replace

from habeas.sample.files.cards import card
from habeas.sample.files.declarations import declaration
from habeas.sample.files.drafts import Cast, Draft, Maker
from habeas.sample.files.interchanges import interchange
from habeas.sample.files.invoices import invoice
from habeas.sample.files.mails import mail
from habeas.sample.files.notes import note
from habeas.sample.files.office import letter, workbook
from habeas.sample.files.packing import packed
from habeas.sample.files.portal import portal_export
from habeas.sample.files.reports import report
from habeas.sample.files.trade_data import trade_data
from habeas.sample.files.transit import transit_declaration

_IN_TURN: tuple[Maker, ...] = (
    declaration, trade_data, portal_export, mail, declaration, note,
    mail, declaration, trade_data, portal_export, declaration, transit_declaration,
    note, mail, declaration, trade_data, portal_export, declaration,
    invoice, mail, declaration, trade_data, card,
    interchange, declaration, transit_declaration,
    workbook, letter, report,
)  # fmt: skip
_IN_ARCHIVES: tuple[Maker, ...] = (declaration, trade_data, note, portal_export)


def maker_of(number: int) -> Maker:
    """The maker of the file of that number, from 0."""
    return _IN_TURN[number % len(_IN_TURN)]


def archive(cast: Cast) -> tuple[Draft, tuple[Draft, ...]]:
    """A ZIP, and the drafts in it; who is in them is noted there."""
    count = cast.dice.randint(2, len(_IN_ARCHIVES))
    members = tuple(
        maker(replace(cast, number=cast.number * 10 + position)) for position, maker in enumerate(_IN_ARCHIVES[:count])
    )
    content = packed((member.name, member.content) for member in members)
    return Draft(f"archive_{cast.number:06d}.zip", "zip", content, ()), members
