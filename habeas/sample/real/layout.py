"""Lays the corpus out as a consultancy's systems: databases from Chinook, client folders from all of its folders."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.mailing_list.embedded import create_database
from habeas.domain.requests import Right
from habeas.domain.subjects import Identifier
from habeas.errors import UserError
from habeas.sample.marker import Made, making
from habeas.sample.real.chinook import SOURCE, Customers, load_chinook
from habeas.sample.real.parties import Finder, contacts, correspondents, most_often, traders

_WRITABLE = 0o644


@dataclass(frozen=True, slots=True)
class RealPeople:
    """Who is really in the corpus, by their identifiers."""

    customers: Customers
    transit_contact: tuple[Identifier, ...]
    invoice_contact: tuple[Identifier, ...]
    trader: tuple[Identifier, ...]
    correspondent: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class RealRequest:
    """What to submit. `who` says where the person comes from, without naming them."""

    who: str
    right: Right
    identifiers: tuple[Identifier, ...]


def lay_out(corpus: Path, folder: Path) -> RealPeople:
    """Make `crm.db`, `billing.db`, `mailing_list.db` and `clients/` in the folder, as `consultancy.build` does.

    The corpus is read only; what was laid out before is replaced. Raises UserError if the corpus lacks what is needed,
    or if the folder holds anything else.
    """
    if not corpus.is_dir():
        raise UserError(f"{corpus} is no folder: name the one that holds the corpus")
    with making(folder) as made:
        customers = load_chinook(corpus, crm=made.place("crm.db"), billing=made.place("billing.db"))
        create_database(made.place("mailing_list.db"))
        _copy_files(corpus, made)
    return RealPeople(
        customers=customers,
        transit_contact=_somebody(corpus / "hmrc-ncts", contacts),
        invoice_contact=_somebody(corpus / "oasis-ubl", contacts),
        trader=_somebody(corpus / "hmrc-cds-declarations", traders),
        correspondent=_somebody(corpus / "mail", correspondents),
    )


def requests(people: RealPeople) -> list[RealRequest]:
    """All three rights, for people in databases and in files of several formats."""
    return [
        RealRequest("a customer of Chinook", Right.ACCESS, people.customers.present),
        RealRequest("a contact in transit declarations", Right.ACCESS, people.transit_contact),
        RealRequest("a former customer of Chinook", Right.ERASURE, people.customers.former),
        RealRequest("a contact on invoices and orders", Right.ERASURE, people.invoice_contact),
        RealRequest("who wrote mails", Right.ERASURE, people.correspondent),
        RealRequest("another customer of Chinook", Right.RESTRICTION, people.customers.other),
        RealRequest("a trader in customs declarations", Right.RESTRICTION, people.trader),
    ]


def _somebody(folder: Path, finder: Finder) -> tuple[Identifier, ...]:
    who = most_often(folder, finder)
    if who is None:
        raise UserError(f"nobody was found in {folder}: the corpus is not complete")
    return who


def _copy_files(corpus: Path, made: Made) -> None:
    """A client for each folder; the copies can be changed, whatever the originals allow."""
    for path in _files(corpus):
        copy = made.place(f"clients/{path.relative_to(corpus).as_posix()}")
        copy.write_bytes(path.read_bytes())
        copy.chmod(_WRITABLE)


def _files(corpus: Path) -> Sequence[Path]:
    below = (path for folder in sorted(corpus.iterdir()) if folder.is_dir() for path in sorted(folder.rglob("*")))
    return [path for path in below if path.is_file() and path.relative_to(corpus) != SOURCE]
