"""Loads Chinook's customers and invoices as a CRM and a billing database, and says who of them to try."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from habeas.domain.subjects import Identifier, IdentifierKind, identifier
from habeas.errors import UserError

SOURCE = Path("crm-chinook") / "Chinook_Sqlite.sqlite"

# Chinook does not say who has left: taken to be whoever bought nothing in the last year it covers.
_ENDED_ON = """
    SELECT CustomerId, CASE WHEN max(InvoiceDate) < (SELECT date(max(InvoiceDate), '-1 year') FROM source.Invoice)
                            THEN date(max(InvoiceDate)) END AS EndedOn
    FROM source.Invoice GROUP BY CustomerId"""
_CRM = f"""
    CREATE TABLE Customer (
        CustomerId INTEGER PRIMARY KEY, FirstName TEXT, LastName TEXT, Company TEXT, Address TEXT, City TEXT,
        State TEXT, Country TEXT, PostalCode TEXT, Phone TEXT, Fax TEXT, Email TEXT, SupportRepId INTEGER, EndedOn DATE,
        RestrictedAt TIMESTAMP);
    INSERT INTO Customer
        SELECT CustomerId, FirstName, LastName, Company, Address, City, State, Country, PostalCode, Phone, Fax, Email,
               SupportRepId, EndedOn, NULL
        FROM source.Customer LEFT JOIN ({_ENDED_ON}) USING (CustomerId);
    CREATE TABLE Employee (
        EmployeeId INTEGER PRIMARY KEY, LastName TEXT, FirstName TEXT, Title TEXT, ReportsTo INTEGER, BirthDate DATE,
        HireDate DATE, Address TEXT, City TEXT, State TEXT, Country TEXT, PostalCode TEXT, Phone TEXT, Fax TEXT,
        Email TEXT, RestrictedAt TIMESTAMP);
    INSERT INTO Employee
        SELECT EmployeeId, LastName, FirstName, Title, ReportsTo, date(BirthDate), date(HireDate), Address, City, State,
               Country, PostalCode, Phone, Fax, Email, NULL
        FROM source.Employee;
"""  # noqa: S608 - constants only
_BILLING = f"""
    CREATE TABLE Customer (
        CustomerId INTEGER PRIMARY KEY, FirstName TEXT, LastName TEXT, Email TEXT, EndedOn DATE,
        RestrictedAt TIMESTAMP);
    INSERT INTO Customer
        SELECT CustomerId, FirstName, LastName, Email, EndedOn, NULL
        FROM source.Customer LEFT JOIN ({_ENDED_ON}) USING (CustomerId);
    CREATE TABLE Invoice (
        InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId), InvoiceDate DATE,
        BillingAddress TEXT, BillingCity TEXT, BillingState TEXT, BillingCountry TEXT, BillingPostalCode TEXT,
        Total NUMERIC(10, 2));
    INSERT INTO Invoice
        SELECT InvoiceId, CustomerId, date(InvoiceDate), BillingAddress, BillingCity, BillingState, BillingCountry,
               BillingPostalCode, Total
        FROM source.Invoice;
    CREATE TABLE InvoiceLine (
        InvoiceLineId INTEGER PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId), TrackId INTEGER,
        UnitPrice NUMERIC(10, 2), Quantity INTEGER);
    INSERT INTO InvoiceLine SELECT * FROM source.InvoiceLine;
    CREATE INDEX InvoiceOfCustomer ON Invoice (CustomerId);
    CREATE INDEX LineOfInvoice ON InvoiceLine (InvoiceId);
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Customers:
    """Private persons among Chinook's customers, all with invoices: two who still are customers, one who has left."""

    present: tuple[Identifier, ...]
    former: tuple[Identifier, ...]
    other: tuple[Identifier, ...]


def load_chinook(corpus: Path, *, crm: Path, billing: Path) -> Customers:
    """Fill both new files. Raises UserError if the corpus has no Chinook."""
    source = corpus / SOURCE
    if not source.is_file():
        raise UserError(f"{source} is missing: give the folder of the corpus that has it")
    for path, script in ((crm, _CRM), (billing, _BILLING)):
        with closing(sqlite3.connect(path, uri=True)) as connection:
            connection.execute("ATTACH DATABASE ? AS source", (f"{source.absolute().as_uri()}?mode=ro",))
            connection.executescript(script)
    return _customers(crm)


def _customers(crm: Path) -> Customers:
    query = """
        SELECT Email, FirstName, LastName, EndedOn IS NOT NULL FROM Customer
        WHERE Company IS NULL ORDER BY CustomerId"""
    with closing(sqlite3.connect(crm)) as connection:
        rows = connection.execute(query).fetchall()
    present = [_identifiers(row) for row in rows if not row[3]]
    former = [_identifiers(row) for row in rows if row[3]]
    if len(present) < 2 or not former:
        raise UserError("this Chinook has no private customers of both kinds: take the one of its authors")
    return Customers(present[0], former[0], present[1])


def _identifiers(row: tuple[str, str, str, int]) -> tuple[Identifier, ...]:
    email, first, last, _ = row
    return (identifier(IdentifierKind.EMAIL, email), identifier(IdentifierKind.NAME, f"{first} {last}"))
