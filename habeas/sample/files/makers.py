"""Which kinds of files there are, and in what order they come: five in thirty for each person who is everywhere."""

import io
import zipfile
from dataclasses import replace

from habeas.sample.files.cards import card
from habeas.sample.files.declarations import declaration
from habeas.sample.files.drafts import Cast, Draft, Maker
from habeas.sample.files.interchanges import interchange
from habeas.sample.files.invoices import invoice
from habeas.sample.files.mails import mail
from habeas.sample.files.notes import note
from habeas.sample.files.portal import portal_export
from habeas.sample.files.trade_data import trade_data
from habeas.sample.files.transit import transit_declaration

_IN_TURN: tuple[Maker, ...] = (
    declaration, trade_data, portal_export, mail, declaration, note,
    mail, declaration, trade_data, portal_export, declaration, transit_declaration,
    note, mail, declaration, trade_data, portal_export, declaration,
    declaration, invoice, mail, declaration, trade_data, card,
    interchange, declaration, transit_declaration,
)  # fmt: skip
_IN_ARCHIVES: tuple[Maker, ...] = (declaration, trade_data, note, portal_export)
_MADE_AT = (2020, 1, 1, 0, 0, 0)  # so that the same seed makes the same bytes


def maker_of(number: int) -> Maker:
    """The maker of the file of that number, from 0."""
    return _IN_TURN[number % len(_IN_TURN)]


def archive(cast: Cast) -> tuple[Draft, tuple[Draft, ...]]:
    """A ZIP, and the drafts in it; who is in them is noted there."""
    count = cast.dice.randint(2, len(_IN_ARCHIVES))
    members = tuple(
        maker(replace(cast, number=cast.number * 10 + position)) for position, maker in enumerate(_IN_ARCHIVES[:count])
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in members:
            packed.writestr(zipfile.ZipInfo(member.name, _MADE_AT), member.content, zipfile.ZIP_DEFLATED)
    return Draft(f"archive_{cast.number:06d}.zip", "zip", content.getvalue(), ()), members
